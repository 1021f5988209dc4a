/* SPDX-License-Identifier: GPL-2.0 */
/* What user space tells a probe, and what the probe counts. layout.py says the same to Python. */
#ifndef TRACER_CONFIG_H
#define TRACER_CONFIG_H

#define PROBE_FORMAT_TEXT "6" /* changes with anything in this file */

#define SYSCALL_ID_MAX 512 /* ids of syscall_ids.txt are smaller */
#define SNAPLEN_MAX 60000 /* a record with one buffer of this size still fits a capture block */

/* What is to become of a call, by its id: not recorded, recorded, or recorded if the test with this number, less
 * VERDICT_TESTS, and those that it leads to come out so (filter.h). */
enum call_verdict {
	VERDICT_SKIP,
	VERDICT_RECORD,
	VERDICT_TESTS,
};

#define FILTER_TESTS_MAX 256
#define FILTER_STEPS_MAX 64 /* on the way from a call's first test to an outcome */
#define FILTER_TEXT_MAX 16 /* bytes that one test compares */

enum filter_operand {
	OPERAND_NAME, /* of the thread, a text */
	OPERAND_RESULT,
	OPERAND_TID,
	OPERAND_PID,
	OPERAND_PPID,
	OPERAND_UID,
	OPERAND_GID,
	OPERAND_ARGUMENT, /* of the call; `argument` says which, here and below */
	OPERAND_ARGUMENT_TEXT, /* what it points to: FILTER_TEXT_MAX bytes from `offset` on */
	/* Of the connected TCP socket that is open under the number in the argument. */
	OPERAND_LOCAL_PORT,
	OPERAND_REMOTE_PORT,
	OPERAND_LOCAL_ADDRESS, /* of version 4 */
	OPERAND_REMOTE_ADDRESS,
};

/* Outcomes, in place of the number of a test. */
#define FILTER_RECORD 0xffff
#define FILTER_SKIP 0xfffe

/* Whether a number lies in a range, or a text begins so. */
struct filter_test {
	__u8 operand;
	__u8 is_negated; /* holds where it does not */
	__u8 argument;
	__u8 unused_bits; /* of a number, the highest */
	__u8 is_signed; /* the highest of the others is its sign */
	__u8 unused_bytes[2]; /* of both words of a text, the last */
	__u8 padding;
	__u16 offset;
	__u16 next[2]; /* the test that follows if this one does not hold, and if it does; or an outcome */
	__u16 more_padding;
	__u64 value[2]; /* the least number, and how far the greatest is from it; or the text */
};

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
	__u16 exits[SYSCALL_ID_MAX]; /* verdict on the end of calls, by id */
	__u16 enters[SYSCALL_ID_MAX]; /* and on their start */
	struct filter_test tests[FILTER_TESTS_MAX];
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
