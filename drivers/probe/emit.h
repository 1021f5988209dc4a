/* SPDX-License-Identifier: GPL-2.0 */
/* The way of a record into the ring. Beside what select.h needs, the driver defines before it:
 *
 * current_cpu(), counters_of(cpu), ring_of(cpu): the last is null for a CPU without a ring;
 * RESERVE(RING, SIZE), null if the ring is full, and SUBMIT(RING, RECORD, SIZE); OUTPUT(RING, RECORD, SIZE), 0 if it
 * had room; ADD(COUNTER, NUMBER); TAKE(COUNTER), which leaves 0; count_drop(origin); boot_time(), in nanoseconds;
 * only_tries_memory(): the kernel reads or writes where a page fault is not handled;
 * current_registers(scratch), those that the thread entered the kernel with; `scratch` may hold them. */
#ifndef TRACER_EMIT_H
#define TRACER_EMIT_H

#define COUNT(COUNTER) ADD(COUNTER, 1)

FILLER void drop(struct cpu_counters *cpu, enum drop_reason reason, __u32 origin)
{
	COUNT(cpu->dropped[reason]);
	COUNT(cpu->lost);
	count_drop(origin);
}

FILLER void fill_header(struct event_header *header, __u32 tid, __u16 type, __u32 length, __u32 param_count)
{
	SET(header->timestamp, boot_time() + config()->clock_offset);
	SET(header->tid, tid);
	SET(header->length, length);
	SET(header->type, type);
	SET(header->param_count, param_count);
}

/* Comes before each record: where some were dropped before it, says so first. 0 if there is no room even for that. */
FILLER int tell_losses(struct cpu_counters *cpu, void *ring, __u32 tid)
{
	struct record_drop_e *record;

	if (!cpu->lost)
		return 1;
	record = RESERVE(ring, sizeof(*record));
	if (!record)
		return 0;
	fill_header(&record->header, tid, PPME_DROP_E, sizeof(*record), 1);
	fill_drop(record, TAKE(cpu->lost));
	SUBMIT(ring, record, sizeof(*record));
	return 1;
}

/* Where a driver reserves room for any event of fixed size at once, it says how. */
#ifndef RESERVE_FIXED
#define BEGIN_FIXED(RING)
#define RESERVE_FIXED(RING, SIZE) RESERVE(RING, SIZE)
#define CANCEL_FIXED(RING)
#endif

#define FIXED_CASE(EVENT, name, PARAM_COUNT)                                                                           \
	case PPME_##EVENT: {                                                                                           \
		struct record_##name *record = RESERVE_FIXED(ring, sizeof(*record));                                   \
		if (!record)                                                                                           \
			return DROP_RING_FULL;                                                                         \
		fill_##name(record, call);                                                                             \
		header = &record->header;                                                                              \
		length = sizeof(*record);                                                                              \
		param_count = PARAM_COUNT;                                                                             \
		break;                                                                                                 \
	}

/* The events of fixed size, filled in place. DROP_REASONS if all went well. */
FILLER enum drop_reason emit_fixed(__u16 event, const struct call *call, void *ring, int is_enter)
{
	struct event_header *header;
	__u32 length, param_count;

	BEGIN_FIXED(ring)
	if (is_enter) {
		switch (event) {
			FIXED_FILLERS_ENTER(FIXED_CASE)
			FIXED_CASE(GENERIC_E, generic_e, 2)
		default:
			CANCEL_FIXED(ring);
			return DROP_NO_PROGRAM;
		}
	} else {
		switch (event) {
			FIXED_FILLERS_EXIT(FIXED_CASE)
			FIXED_CASE(GENERIC_X, generic_x, 2)
		default:
			CANCEL_FIXED(ring);
			return DROP_NO_PROGRAM;
		}
	}
	fill_header(header, call->tid, event, length, param_count);
	SUBMIT(ring, header, length);
	return DROP_REASONS;
}

/* The way of a record that a writer puts together. */
FILLER struct writer *start_writer(struct cpu_counters *cpu, __u32 tid, __u32 origin)
{
	struct writer *writer = current_writer();

	if (!writer)
		return 0;
	if (writer->busy) {
		drop(cpu, DROP_SCRATCH_BUSY, origin);
		return 0;
	}
	writer->busy = 1;
	writer->tid = tid;
	return writer;
}

FILLER void emit_written(struct writer *writer, struct cpu_counters *cpu, void *ring, __u32 origin)
{
	struct event_header *header = (struct event_header *)writer->record;
	__u32 size;

#ifdef WRITE_STACKS
	WRITE_STACKS(writer); /* a driver that has stack traces adds them */
#endif
	size = writer->size;
	if (!ring) {
		drop(cpu, DROP_NO_RING, origin);
	} else if (size > RECORD_MAX) {
		drop(cpu, DROP_TOO_LONG, origin);
	} else {
		int has_room = tell_losses(cpu, ring, writer->tid);

		fill_header(header, writer->tid, header->type, size, writer->param_count);
		if (!has_room || OUTPUT(ring, writer->record, size))
			drop(cpu, DROP_RING_FULL, origin);
		else
			COUNT(cpu->emitted);
	}
}

FILLER void finish_writer(struct writer *writer, struct cpu_counters *cpu, void *ring, __u32 origin)
{
	emit_written(writer, cpu, ring, origin);
	writer->busy = 0;
}

SHARED_FILLER(next_record, __u32, origin)
{
	__u32 number = current_cpu();
	struct cpu_counters *cpu = counters_of(number);
	struct writer *writer = current_writer();

	if (!writer || !cpu)
		return 0;
	emit_written(writer, cpu, ring_of(number), origin);
	COUNT(cpu->seen);
	writer_start(writer, ((struct event_header *)writer->record)->type, writer->param_count);
	return 0;
}

/* In a switch over events, with `writer` and a pointer `call` at hand. */
#define WRITER_CASE(EVENT, name, PARAM_COUNT)                                                                          \
	case PPME_##EVENT:                                                                                             \
		writer_start(writer, PPME_##EVENT, PARAM_COUNT);                                                       \
		fill_##name(writer, call);                                                                             \
		break;

/* A record of fixed size that is no system call's; STATEMENT fills `record`. */
#define TRACEPOINT_EVENT(EVENT, name, PARAM_COUNT, ORIGIN, STATEMENT)                                                  \
	do {                                                                                                           \
		__u32 number = current_cpu(), tid = current_tid();                                                     \
		struct cpu_counters *cpu = counters_of(number);                                                        \
		void *ring = ring_of(number);                                                                          \
		struct record_##name *record;                                                                          \
		if (!cpu)                                                                                              \
			break;                                                                                         \
		COUNT(cpu->seen);                                                                                      \
		if (!ring) {                                                                                           \
			drop(cpu, DROP_NO_RING, ORIGIN);                                                               \
			break;                                                                                         \
		}                                                                                                      \
		record = tell_losses(cpu, ring, tid) ? RESERVE(ring, sizeof(*record)) : 0;                             \
		if (!record) {                                                                                         \
			drop(cpu, DROP_RING_FULL, ORIGIN);                                                             \
			break;                                                                                         \
		}                                                                                                      \
		fill_header(&record->header, tid, PPME_##EVENT, sizeof(*record), PARAM_COUNT);                         \
		STATEMENT;                                                                                             \
		COUNT(cpu->emitted);                                                                                   \
		SUBMIT(ring, record, sizeof(*record));                                                                 \
	} while (0)

/* exit and exit_group have no exit event. Where enter events are not taken, the end of the thread tells of the call. */
FILLER void emit_last_call(void)
{
	struct pt_regs scratch;
	const struct pt_regs *regs = current_registers(&scratch);
	struct call call = {};

	identify(&call, regs, 1);
	if ((call.id == PPM_SC_EXIT || call.id == PPM_SC_EXIT_GROUP) && verdict_on(call.id, 0))
		TRACEPOINT_EVENT(GENERIC_E, generic_e, 2, call.id, fill_generic_e(record, &call));
}

FILLER void emit_process_exit(struct task_struct *task)
{
	if (config()->last_call)
		emit_last_call();
	if (config()->process_exit)
		TRACEPOINT_EVENT(PROCEXIT_1_E, procexit_1_e, 5, ORIGIN_PROCESS_EXIT, fill_process_exit(record, task));
}

FILLER void emit_signal_deliver(__u64 signal, const struct kernel_siginfo *info)
{
	TRACEPOINT_EVENT(SIGNALDELIVER_E, signaldeliver_e, 3, ORIGIN_SIGNAL_DELIVER,
			 fill_signal_deliver(record, signal, info));
}

FILLER void emit_sched_switch(struct task_struct *task, struct task_struct *next)
{
	TRACEPOINT_EVENT(SCHEDSWITCH_6_E, schedswitch_6_e, 6, ORIGIN_SCHED_SWITCH,
			 fill_sched_switch(record, task, next));
}

/* Not those of a kernel that only tries whether memory is there, as it does for whoever traces. */
FILLER void emit_page_fault(__u64 address, __u64 ip, __u64 error)
{
	if (only_tries_memory())
		return;
	TRACEPOINT_EVENT(PAGE_FAULT_E, page_fault_e, 3, ORIGIN_PAGE_FAULT, fill_page_fault(record, address, ip, error));
}

#endif
