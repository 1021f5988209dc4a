/* SPDX-License-Identifier: GPL-2.0 */
/* What is read of a task: memory counts, ids. */
#ifndef TRACER_TASK_H
#define TRACER_TASK_H

#define KB_PER_PAGE_SHIFT 2 /* x86-64 */
#define KERNEL_RLIMIT_NOFILE 7
#define TASK_COMM_SIZE 16

/* Pages by kind, in the kernel's order: of files, anonymous, swapped out, shared. KIND is a literal, since the loader
 * moves the access to where the kernel's array has it. */
#define RSS_PAGES(MM, KIND)                                                                                            \
	(HAS_TYPE(struct mm_rss_stat) ? READ(MM, rss_stat.count[KIND].counter)                                         \
				      : READ((struct mm_struct___6_2 *)(MM), rss_stat[KIND].count))

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

/* Capability sets: two words until kernel 6.3, then one. */
#define DEFINE_CAPABILITIES(NAME, FIELD)                                                                               \
	FILLER __u64 NAME(void)                                                                                        \
	{                                                                                                              \
		const struct cred *cred = READ(current_task(), cred);                                                  \
		if (HAS_FIELD(struct kernel_cap_struct, cap))                                                          \
			return READ(cred, FIELD.cap[0]) | (__u64)READ(cred, FIELD.cap[1]) << 32;                       \
		return READ((const struct cred___6_3 *)cred, FIELD.val);                                               \
	}
DEFINE_CAPABILITIES(capabilities_inheritable, cap_inheritable)
DEFINE_CAPABILITIES(capabilities_permitted, cap_permitted)
DEFINE_CAPABILITIES(capabilities_effective, cap_effective)

#endif
