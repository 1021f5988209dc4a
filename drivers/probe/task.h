/* SPDX-License-Identifier: GPL-2.0 */
/* What is read of a task: memory counts, ids. */
#ifndef TRACER_TASK_H
#define TRACER_TASK_H

#define KB_PER_PAGE_SHIFT 2 /* x86-64 */
#define KERNEL_RLIMIT_NOFILE 7
#define TASK_COMM_SIZE 16

FILLER __u32 mm_size_kb(struct mm_struct *mm)
{
	return READ(mm, total_vm) << KB_PER_PAGE_SHIFT;
}

FILLER __u32 mm_rss_kb(struct mm_struct *mm)
{
	__s64 pages = RSS_PAGES(mm, 0) + RSS_PAGES(mm, 1) + RSS_PAGES(mm, 3);

	return (pages > 0 ? pages : 0) << KB_PER_PAGE_SHIFT;
}

FILLER __u32 mm_swap_kb(struct mm_struct *mm)
{
	__s64 pages = RSS_PAGES(mm, 2);

	return (pages > 0 ? pages : 0) << KB_PER_PAGE_SHIFT;
}

/* Of the current process, in KiB. */
FILLER __u32 vm_size(void)
{
	return mm_size_kb(READ(current_task(), mm));
}

FILLER __u32 vm_rss(void)
{
	return mm_rss_kb(READ(current_task(), mm));
}

FILLER __u32 vm_swap(void)
{
	return mm_swap_kb(READ(current_task(), mm));
}

/* Capability sets: two 32-bit words until kernel 6.3, then one of 64. */
#define DEFINE_CAPABILITIES(NAME, FIELD)                                                                               \
	FILLER __u64 NAME(void)                                                                                        \
	{                                                                                                              \
		const struct cred *cred = READ(current_task(), cred);                                                  \
		return read_kernel_u64(ADDRESS_OF(cred, FIELD));                                                       \
	}
DEFINE_CAPABILITIES(capabilities_inheritable, cap_inheritable)
DEFINE_CAPABILITIES(capabilities_permitted, cap_permitted)
DEFINE_CAPABILITIES(capabilities_effective, cap_effective)

#endif
