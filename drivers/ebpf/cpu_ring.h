/* SPDX-License-Identifier: GPL-2.0 */
/* A ring of each CPU in an array that its reader maps too, for kernels that have DIRECT_READS: a record is written
 * where it stays and without a call. The layout is that of BPF ring buffers, but that a record which begins before the
 * end of the data runs on behind it.
 *
 * A ring belongs to one program from the reservation of a record to when it is submitted. Programs of one CPU nest, if
 * at all, so that another hardly ever comes in between; it takes the ring for full then. */
#ifndef TRACER_CPU_RING_H
#define TRACER_CPU_RING_H

#include "exchange.h"

#define RING_PAGE 4096

struct cpu_ring {
	__u64 consumed; /* in the page that user space writes: not to be trusted */
	__u8 reader_page[RING_PAGE - sizeof(__u64)];
	__u64 produced;
	__u32 busy;
	__u8 writer_page[RING_PAGE - sizeof(__u64) - sizeof(__u32)];
	__u8 data[];
};

#define RING_PREFIX sizeof(__u64) /* the length of the record behind it */

/* Bytes of data, less one. Set before loading, so that the verifier knows it. */
const volatile __u64 ring_mask SEC(".rodata.ring") = RING_PAGE - 1;

static __always_inline __u64 ring_bytes_of(__u64 size)
{
	return (size + RING_PREFIX + 7) & ~7ull;
}

static __always_inline void ring_release(struct cpu_ring *ring)
{
	asm volatile("" ::: "memory");
	IN_MEMORY(ring->busy) = 0;
}

/* Room for a record of up to `size` bytes, which is shown to the reader when it is submitted; null if there is none. */
static __always_inline void *ring_reserve(struct cpu_ring *ring, __u64 size)
{
	__u64 at;

	if (EXCHANGE(EXCHANGE_WORD, ring->busy, 1))
		return 0;
	at = IN_MEMORY(ring->produced);
	if (at + ring_bytes_of(size) - IN_MEMORY(ring->consumed) > ring_mask + 1) {
		ring_release(ring);
		return 0;
	}
	OPAQUE(at);
	at &= ring_mask;
	return ring->data + at + RING_PREFIX;
}

static __always_inline void ring_submit(struct cpu_ring *ring, void *record, __u64 size)
{
	((__u64 *)record)[-1] = size;
	asm volatile("" ::: "memory");
	IN_MEMORY(ring->produced) = IN_MEMORY(ring->produced) + ring_bytes_of(size);
	ring_release(ring);
}

#define SHORT_WORDS 16
#define LONG_WORDS 48
#define COPY_WORDS(TO, FROM, COUNT)                                                                                    \
	do {                                                                                                           \
		_Pragma("unroll") for (__u32 word = 0; word < (COUNT); word++)((__u64 *)(TO))[word] =                  \
			((const __u64 *)(FROM))[word];                                                                 \
	} while (0)

/* A record that was put together elsewhere, with room for LONG_WORDS whatever its size. 0 if there was room. */
static __always_inline long ring_output(struct cpu_ring *ring, const void *record, __u64 size)
{
	__u64 copied = size;
	void *to;

	if (copied < SHORT_WORDS * sizeof(__u64))
		copied = SHORT_WORDS * sizeof(__u64);
	else if (copied < LONG_WORDS * sizeof(__u64))
		copied = LONG_WORDS * sizeof(__u64);
	to = ring_reserve(ring, copied);
	if (!to)
		return -1;
	if (size <= SHORT_WORDS * sizeof(__u64))
		COPY_WORDS(to, record, SHORT_WORDS);
	else if (size <= LONG_WORDS * sizeof(__u64))
		COPY_WORDS(to, record, LONG_WORDS);
	else
		read_kernel(to, size, record);
	ring_submit(ring, to, size);
	return 0;
}

#define RESERVE(RING, SIZE) ring_reserve(RING, SIZE)
#define SUBMIT(RING, RECORD, SIZE) ring_submit(RING, RECORD, SIZE)
#define OUTPUT(RING, RECORD, SIZE) ring_output(RING, RECORD, SIZE)

/* One reservation for whatever event of fixed size it will be. */
#define FIXED_RECORD_MAX 256
#define BEGIN_FIXED(RING)                                                                                              \
	void *place = ring_reserve(RING, FIXED_RECORD_MAX);                                                            \
	if (!place)                                                                                                    \
		return DROP_RING_FULL;
#define RESERVE_FIXED(RING, SIZE)                                                                                      \
	place;                                                                                                         \
	_Static_assert((SIZE) <= FIXED_RECORD_MAX, "a longer record of fixed size")
#define CANCEL_FIXED(RING) ring_release(RING)

#endif
