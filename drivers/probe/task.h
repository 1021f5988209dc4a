/* SPDX-License-Identifier: GPL-2.0 */
/* What is read of a task: memory counts, ids. */
#ifndef TRACER_TASK_H
#define TRACER_TASK_H

#define KB_PER_PAGE_SHIFT 2 /* x86-64 */

enum { RSS_FILE, RSS_ANONYMOUS, RSS_SWAP, RSS_SHARED };

FILLER __s64 rss_pages(struct mm_struct *mm, int kind)
{
	if (HAS_TYPE(struct mm_rss_stat))
		return READ(mm, rss_stat.count[kind].counter);
	return READ((struct mm_struct___6_2 *)mm, rss_stat[kind].count);
}

FILLER __u32 mm_size_kb(struct mm_struct *mm)
{
	return READ(mm, total_vm) << KB_PER_PAGE_SHIFT;
}

FILLER __u32 mm_rss_kb(struct mm_struct *mm)
{
	return (rss_pages(mm, RSS_FILE) + rss_pages(mm, RSS_ANONYMOUS) + rss_pages(mm, RSS_SHARED)) << KB_PER_PAGE_SHIFT;
}

FILLER __u32 mm_swap_kb(struct mm_struct *mm)
{
	return rss_pages(mm, RSS_SWAP) << KB_PER_PAGE_SHIFT;
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

#endif
