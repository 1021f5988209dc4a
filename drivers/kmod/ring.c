// SPDX-License-Identifier: GPL-2.0
/* Memory of rings. */
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "ring.h"

#define POSITION_PAGES 2

int ring_create(struct ring *ring, u64 bytes, int node)
{
	const gfp_t flags = GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN | __GFP_ZERO;
	u32 data_pages = bytes >> PAGE_SHIFT, count = POSITION_PAGES + data_pages, i;

	ring->pages = kvcalloc(count + data_pages, sizeof(*ring->pages), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!ring->pages)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		struct page *page = alloc_pages_node(node, flags, 0);

		if (!page)
			goto failed;
		ring->pages[i] = page;
		if (i >= POSITION_PAGES)
			ring->pages[data_pages + i] = page;
		ring->page_count = i + 1;
		cond_resched();
	}
	ring->memory = vmap(ring->pages, count + data_pages, VM_MAP | VM_USERMAP, PAGE_KERNEL);
	if (!ring->memory)
		goto failed;
	ring->consumer = ring->memory;
	ring->producer = ring->memory + PAGE_SIZE;
	ring->mask = bytes - 1;
	ring->data = ring->memory + POSITION_PAGES * PAGE_SIZE;
	return 0;

failed:
	ring_destroy(ring);
	return -ENOMEM;
}

void ring_destroy(struct ring *ring)
{
	u32 i;

	vunmap(ring->memory);
	for (i = 0; i < ring->page_count; i++)
		__free_page(ring->pages[i]);
	kvfree(ring->pages);
	memset(ring, 0, sizeof(*ring));
}

/* The reader's position may be mapped for writing, nothing else. */
int ring_map(struct ring *ring, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_WRITE) {
		if (vma->vm_pgoff != 0 || vma->vm_end - vma->vm_start != PAGE_SIZE)
			return -EPERM;
	} else {
		keep_read_only(vma);
	}
	return remap_vmalloc_range(vma, ring->memory, vma->vm_pgoff);
}
