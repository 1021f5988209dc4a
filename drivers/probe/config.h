/* SPDX-License-Identifier: GPL-2.0 */
/* What user space tells a probe, and what the probe counts. layout.py says the same to Python. */
#ifndef TRACER_CONFIG_H
#define TRACER_CONFIG_H

#define PROBE_FORMAT_TEXT "5" /* changes with anything in this file */

#define SYSCALL_ID_MAX 512 /* ids of syscall_ids.txt are smaller */
#define SNAPLEN_MAX 60000 /* a record with one buffer of this size still fits a capture block */

struct probe_config {
	__u64 clock_offset; /* nanoseconds from the boot-time clock to the epoch */
	__u32 snaplen; /* bytes kept of each data buffer, at most SNAPLEN_MAX */
	__u32 excluded_pid; /* process that is never recorded; all ones = none, as 0 is the idle task */
	__u32 follow; /* only threads of the followed set, which grows by fork */
	__u32 process_exit; /* record the end of threads */
	__u32 last_call; /* record exit and exit_group when the thread ends: they never return */
	__u32 dynamic_snaplen; /* keep more of what known protocols carry */
	__u32 statsd_port; /* one of those */
	__u32 full_capture_from, full_capture_to; /* ports whose sockets' data is kept in full; 0 to 0 = none */
	__u64 syscalls[SYSCALL_ID_MAX / 64]; /* bit n: record calls with the id n */
	__u64 enter_syscalls[SYSCALL_ID_MAX / 64]; /* bit n: record their start too, if they are recorded */
};

enum drop_reason {
	DROP_RING_FULL,
	DROP_NO_RING, /* a CPU that came online after the start */
	DROP_SCRATCH_BUSY, /* preempted in the middle of another record */
	DROP_TOO_LONG,
	DROP_NO_PROGRAM, /* the filler's program is not loaded */
	DROP_REASONS,
};

/* seen = emitted + the sum of dropped, whenever no record is under way. Records of drops are in neither. */
struct cpu_counters {
	__u64 seen;
	__u64 emitted;
	__u64 dropped[DROP_REASONS];
	__u64 lost; /* dropped since the last record of drops; with it the counters are one cache line */
};

/* Drops are also counted by system call id; tracepoints follow after the last id. */
enum drop_origin {
	ORIGIN_PROCESS_EXIT = SYSCALL_ID_MAX,
	ORIGIN_SIGNAL_DELIVER,
	ORIGIN_SCHED_SWITCH,
	ORIGIN_PAGE_FAULT,
	ORIGIN_USER_PROBE,
	ORIGIN_MAX,
};

#endif
