/* SPDX-License-Identifier: GPL-2.0 */
/* What fillers stand on, as the kernel module has it. Memory is read as the eBPF probe reads it: never waiting for a
 * page, and zero where it cannot be read. */
#ifndef TRACER_PLATFORM_H
#define TRACER_PLATFORM_H

#include "kernel_headers.h"

#include <linux/compiler.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "config.h"
#include "consumer.h"
#include "parameters.h"

#define FILLER static inline
#define DECLARE_SHARED_FILLER(NAME, ...) static int NAME(PARAMETERS(__VA_ARGS__))
#define FILTER_IN_FUNCTIONS
#define SHARED_FILLER(NAME, ...) static noinline int NAME(PARAMETERS(__VA_ARGS__))
/* What only the verifier of eBPF needs. */
#define OPAQUE(VALUE) ((void)(VALUE))
#define IN_MEMORY(NUMBER) (NUMBER)

/* A bit for each thread id: whether its name is another than records tell. */
extern unsigned long outdated[];

/* The lowest address of kernel memory; every address from there on may be tried. */
extern unsigned long kernel_memory_start;

/* One number of 1, 2, 4 or 8 bytes; zero if it cannot be read. */
static __always_inline u64 read_kernel_number(const void *from, size_t size, int *error)
{
	u64 value = 0;

	*error = -EFAULT;
	if (unlikely((unsigned long)from < kernel_memory_start))
		return 0;
	switch (size) {
	case 1:
		__get_kernel_nofault(&value, from, u8, fault);
		break;
	case 2:
		__get_kernel_nofault(&value, from, u16, fault);
		break;
	case 4:
		__get_kernel_nofault(&value, from, u32, fault);
		break;
	default:
		__get_kernel_nofault(&value, from, u64, fault);
	}
	*error = 0;
	return value;
fault:
	return 0;
}

static __always_inline u64 read_kernel_u64(const void *from)
{
	int error;

	return read_kernel_number(from, sizeof(u64), &error);
}

#define READ_FIELD(POINTER, FIELD)                                                                                     \
	({                                                                                                             \
		int read_error;                                                                                        \
		BUILD_BUG_ON(sizeof((POINTER)->FIELD) > 8 || !is_power_of_2(sizeof((POINTER)->FIELD)));                \
		(typeof((POINTER)->FIELD))read_kernel_number(&(POINTER)->FIELD, sizeof((POINTER)->FIELD),              \
							     &read_error);                                             \
	})

/* Of structures that live as long as the thread at hand. */
#define READ_BITFIELD(POINTER, FIELD) ((POINTER) ? (POINTER)->FIELD : 0)

/* 0, or a negative errno. */
static __always_inline int read_kernel(void *to, size_t size, const void *from)
{
	int error;

	if (__builtin_constant_p(size) && (size == 2 || size == 4 || size == 8)) {
		u64 value = read_kernel_number(from, size, &error);

		memcpy(to, &value, size);
		return error;
	}
	error = copy_from_kernel_nofault(to, from, size);
	if (unlikely(error))
		memset(to, 0, size);
	return error;
}

/* As copy_from_user_nofault, without its look at where `to` is. */
static inline int read_user(void *to, size_t size, u64 address)
{
	const void __user *from = (const void __user *)address;
	unsigned long left = size;

	if (likely(access_ok(from, size))) {
		pagefault_disable();
		left = raw_copy_from_user(to, from, size);
		pagefault_enable();
	}
	if (likely(!left))
		return 0;
	memset(to, 0, size);
	return -EFAULT;
}

/* Bytes read with the NUL, or a negative errno. */
long read_kernel_string(void *to, long size, const void *from);
long read_user_string(void *to, long size, u64 address);

/* These do not change while one call is recorded. */
#define config() (this_cpu_read(current_lane)->config)
#define current_task() current

#define PER_CPU_WRITER                                                                                                 \
	static inline struct writer *current_writer(void)                                                              \
	{                                                                                                              \
		return this_cpu_read(current_lane)->writer;                                                            \
	}

/* What select.h and emit.h stand on. */
#define current_tid() ((u32)current->pid)
#define current_tgid() ((u32)current->tgid)
#define thread_status() READ_ONCE(current_thread_info()->status)
#define current_registers(SCRATCH) ((void)(SCRATCH), task_pt_regs(current))
#define ENTRY_REGISTER(NAME) (task_pt_regs(current)->NAME)
#define OWN(...) READ(current, __VA_ARGS__)
#define current_cpu() 0
#define only_tries_memory() (current->pagefault_disabled != 0)
#define boot_time() ktime_get_boot_fast_ns()

#define is_outdated(TID) test_bit(TID, outdated)
#define is_followed(TID) followed_by(this_cpu_read(current_lane)->consumer, TID)
#define counters_of(CPU) ((void)(CPU), this_cpu_read(current_lane)->counters)
#define ring_of(CPU) ((void)(CPU), lane_ring(this_cpu_read(current_lane)))

#define RESERVE(RING, SIZE) ring_reserve(RING, SIZE)
#define SUBMIT(RING, RECORD, SIZE) ring_submit(RECORD)
#define OUTPUT(RING, RECORD, SIZE) ring_output(RING, RECORD, SIZE)

/* One instruction, so that an interrupt that counts too does not come in between. */
#define ADD(COUNTER, NUMBER) asm volatile("addq %1, %0" : "+m"(COUNTER) : "er"((u64)(NUMBER)))
#define TAKE(COUNTER) xchg(&(COUNTER), 0)
#define count_drop(ORIGIN) ADD(this_cpu_read(current_lane)->drops[ORIGIN], 1)

static inline void read_own_name(u64 *words)
{
	memcpy(words, current->comm, TASK_COMM_LEN);
}

static inline bool followed_by(const struct consumer *consumer, u32 tid)
{
	const unsigned long *followed = READ_ONCE(consumer->followed);

	return followed && test_bit(tid, followed);
}

static inline struct ring *lane_ring(struct lane *lane)
{
	return lane->ring.data ? &lane->ring : NULL;
}

#endif
