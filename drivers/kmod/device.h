/* SPDX-License-Identifier: GPL-2.0 */
/* What can be asked of /dev/tracer; layout.py says the same to Python. Each open file is a consumer of its own, with
 * its own configuration, rings, counts and followed threads. Mapped at 0 it shows its counters: a struct cpu_counters
 * for each CPU from 0. */
#ifndef TRACER_DEVICE_H
#define TRACER_DEVICE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "config.h"

#define TRACER_IDENTITY_SIZE 64

/* "tracer-probe FORMAT FINGERPRINT", NUL-terminated. */
#define TRACER_IDENTITY _IOR('t', 0, char[TRACER_IDENTITY_SIZE])
/* Makes a ring of so many bytes, a power of two, for each CPU that is online. Once. */
#define TRACER_CREATE_RINGS _IOW('t', 1, __u64)
/* A descriptor of a CPU's ring, to be mapped as a BPF ring buffer is; ENODEV if the CPU has none. */
#define TRACER_RING _IOW('t', 2, __u32)
/* What to record; may change at any time. */
#define TRACER_CONFIGURE _IOW('t', 3, struct probe_config)
/* Which tracepoints to record at, a sum of enum tracepoint_bit. When it returns, no others are recorded any more. */
#define TRACER_ATTACH _IOW('t', 4, __u32)
/* Adds a thread to the followed set. */
#define TRACER_FOLLOW _IOW('t', 5, __u32)
/* Drops by origin. */
#define TRACER_DROPS _IOR('t', 6, __u64[ORIGIN_MAX])

/* In the order in which they are attached: who follows must be there before the first fork is recorded, and the exit of
 * a call before its entry. */
enum tracepoint_bit {
	TRACEPOINT_RENAME,
	TRACEPOINT_FORK,
	TRACEPOINT_EXEC,
	TRACEPOINT_PROCESS_EXIT,
	TRACEPOINT_SCHED_SWITCH,
	TRACEPOINT_SIGNAL_DELIVER,
	TRACEPOINT_PAGE_FAULT_USER,
	TRACEPOINT_PAGE_FAULT_KERNEL,
	TRACEPOINT_SYS_EXIT,
	TRACEPOINT_SYS_ENTER,
	TRACEPOINTS,
};

#endif
