/* SPDX-License-Identifier: GPL-2.0 */
/* A ring of records that one CPU writes and user space reads, in the layout of BPF ring buffers: a page with the
 * reader's position, a page with the writer's, then the data, mapped twice in a row so that no record is ever broken.
 *
 * Writers on one CPU nest: an interrupt or a page fault may write a record in the middle of another, and is done before
 * the other goes on. So space is taken by a compare-and-exchange without a bus lock, and the position that the reader
 * sees moves when the outermost of them has marked its record as busy. */
#ifndef TRACER_RING_H
#define TRACER_RING_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/types.h>
#include <linux/version.h>

#define RING_BUSY (1u << 31)
#define RING_BYTES_MAX (1ul << 30)

struct ring {
	u8 *data;
	u64 mask;
	u64 reserved; /* position up to which space is taken */
	u64 *consumer; /* in the page that user space writes: not to be trusted */
	u64 *producer;
	u32 nesting; /* writers that are taking space */
	u32 page_count;
	void *memory;
	struct page **pages;
};

struct ring_header {
	u32 length; /* with RING_BUSY until the record is complete */
	u32 unused;
};

int ring_create(struct ring *ring, u64 bytes, int node);
void ring_destroy(struct ring *ring);
int ring_map(struct ring *ring, struct vm_area_struct *vma);

/* The mapping cannot be made writable later. */
static inline void keep_read_only(struct vm_area_struct *vma)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
	vma->vm_flags &= ~VM_MAYWRITE;
#else
	vm_flags_clear(vma, VM_MAYWRITE);
#endif
}

static inline void ring_publish(struct ring *ring)
{
	u64 position;

	barrier();
	if (ring->nesting > 1) {
		ring->nesting--;
		return;
	}
	do {
		ring->nesting = 1;
		do {
			position = READ_ONCE(ring->reserved);
			smp_store_release(ring->producer, position);
			/* Who came in between took us for the outermost. */
		} while (unlikely(READ_ONCE(ring->reserved) != position));
		barrier();
		ring->nesting = 0;
		barrier();
	} while (unlikely(READ_ONCE(ring->reserved) != READ_ONCE(*ring->producer)));
}

/* Space for a record, which is not shown to the reader before ring_submit; null if there is none. Not to be preempted
 * in between. */
static inline void *ring_reserve(struct ring *ring, u32 size)
{
	u64 at, seen, end, total = ALIGN(size + sizeof(struct ring_header), 8);
	struct ring_header *header;

	/* More than the ring has: user space may claim any position to have been read. */
	if (unlikely(total > ring->mask))
		return NULL;
	ring->nesting++;
	barrier();
	seen = READ_ONCE(ring->reserved);
	do {
		at = seen;
		end = at + total;
		if (unlikely(end - smp_load_acquire(ring->consumer) > ring->mask)) {
			ring_publish(ring);
			return NULL;
		}
		seen = cmpxchg_local(&ring->reserved, at, end);
	} while (unlikely(seen != at));
	header = (struct ring_header *)(ring->data + (at & ring->mask));
	WRITE_ONCE(header->length, size | RING_BUSY);
	ring_publish(ring);
	return header + 1;
}

static inline void ring_submit(void *record)
{
	struct ring_header *header = (struct ring_header *)record - 1;

	smp_store_release(&header->length, header->length & ~RING_BUSY);
}

#define SMALL_RECORD 512 /* up to here the processor's own copying takes longer to begin than a loop to end */
#define PIECE 32

/* 0, or -ENOSPC. Up to seven bytes behind the record are read and copied. */
static inline int ring_output(struct ring *ring, const void *record, u32 size)
{
	void *to = ring_reserve(ring, size);
	u32 at = 0;

	if (!to)
		return -ENOSPC;
	if (size > SMALL_RECORD) {
		memcpy(to, record, size);
	} else {
		for (; at + PIECE <= size; at += PIECE)
			__builtin_memcpy(to + at, record + at, PIECE);
		for (; at < size; at += sizeof(u64))
			__builtin_memcpy(to + at, record + at, sizeof(u64));
	}
	ring_submit(to);
	return 0;
}

#endif
