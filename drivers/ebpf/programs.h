/* SPDX-License-Identifier: GPL-2.0 */
/* The programs of the probe and the way of a record into the ring, however they are compiled and loaded. Before it, the
 * loader's side defines: PROGRAM(NAME, TRACEPOINT), MAP(NAME), GIVEN(POINTER, FIELD) for what a tracepoint hands over,
 * registers_at(address, scratch), current_registers(scratch), thread_status(); where it has stack traces, ASKED_STACKS,
 * TAKE_STACKS(ctx) and WRITE_STACKS(writer). */
#ifndef TRACER_PROGRAMS_H
#define TRACER_PROGRAMS_H

#ifndef ASKED_STACKS
#define ASKED_STACKS 0
#define TAKE_STACKS(CTX) ((void)0)
#endif

/* What select.h and emit.h stand on. */
#define current_tid() ((__u32)bpf_get_current_pid_tgid())
#define current_tgid() ((__u32)(bpf_get_current_pid_tgid() >> 32))
#define current_cpu() bpf_get_smp_processor_id()
#define boot_time() bpf_ktime_get_boot_ns()
#define only_tries_memory() (READ(current_task(), pagefault_disabled) > 1) /* this read is a trial itself */
#ifdef DIRECT_READS
#include "cpu_ring.h"
#else
#define RESERVE(RING, SIZE) bpf_ringbuf_reserve(RING, SIZE, 0)
#define SUBMIT(RING, RECORD, SIZE) bpf_ringbuf_submit(RECORD, BPF_RB_NO_WAKEUP)
#define OUTPUT(RING, RECORD, SIZE) bpf_ringbuf_output(RING, RECORD, SIZE, BPF_RB_NO_WAKEUP)
#endif
#define ADD(COUNTER, NUMBER) ((COUNTER) += (NUMBER))
#define TAKE(COUNTER)                                                                                                  \
	({                                                                                                             \
		__u64 taken = (COUNTER);                                                                               \
		(COUNTER) = 0;                                                                                         \
		taken;                                                                                                 \
	})

static __always_inline int is_followed(__u32 tid)
{
	return bpf_map_lookup_elem(MAP(followed), &tid) != 0;
}

static __always_inline struct cpu_counters *counters_of(__u32 cpu)
{
	return bpf_map_lookup_elem(MAP(counters), &cpu);
}

static __always_inline void *ring_of(__u32 cpu)
{
	void *ring = bpf_map_lookup_elem(MAP(rings), &cpu);
#ifdef DIRECT_READS
	__u32 first = 0;

	return ring ? bpf_map_lookup_elem(ring, &first) : 0;
#else
	return ring;
#endif
}

static __always_inline void count_drop(__u32 origin)
{
	__u64 *count = bpf_map_lookup_elem(MAP(drops_by_origin), &origin);

	if (count)
		__sync_fetch_and_add(count, 1);
}

#define OUTDATED_BITS 64 /* of an element of the map */

static __always_inline int is_outdated(__u32 tid)
{
	__u32 index = tid / OUTDATED_BITS;
	__u64 *bits = bpf_map_lookup_elem(MAP(outdated), &index);

	return bits && *bits >> tid % OUTDATED_BITS & 1;
}

static __always_inline void set_outdated(__u32 tid, int is_outdated)
{
	__u32 index = tid / OUTDATED_BITS;
	__u64 *bits = bpf_map_lookup_elem(MAP(outdated), &index), bit = 1ull << tid % OUTDATED_BITS;

	if (!bits)
		return;
	if (is_outdated)
		__sync_fetch_and_or(bits, bit);
	else if (*bits & bit)
		__sync_fetch_and_and(bits, ~bit);
}

#include "select.h"
#include "filter.h"
#include "emit.h"

static __always_inline int dispatch(__u64 *ctx, int is_enter)
{
	struct pt_regs scratch;
	const struct pt_regs *regs = registers_at(ctx[0], &scratch);
	struct call call;

	identify(&call, regs, is_enter);
	__u16 verdict = verdict_on(call.id, is_enter);
	if (verdict == VERDICT_SKIP || !passes_filter(verdict, is_enter ? 0 : ctx[1]))
		return 0;
	NOTE_CALLER(&call);
	if (!is_recorded(call.tid, call.tgid))
		return 0;
	__u16 event;
	__u32 family = choose_event(&call, is_enter, &event);
	if (family == FAMILY_NONE)
		return 0;

	__u32 number = current_cpu();
	struct cpu_counters *cpu = counters_of(number);
	if (!cpu)
		return 0;
	COUNT(cpu->seen);
	if (family != FAMILY_FIXED || (!is_enter && ASKED_STACKS)) {
		if (is_enter)
			bpf_tail_call(ctx, MAP(enter_families), family);
		else
			bpf_tail_call(ctx, MAP(exit_families), family);
		drop(cpu, DROP_NO_PROGRAM, call.id);
		return 0;
	}
	void *ring = ring_of(number);
	if (!ring) {
		drop(cpu, DROP_NO_RING, call.id);
		return 0;
	}
	read_arguments(&call, regs);
	call.ret = is_enter ? 0 : ctx[1];
	enum drop_reason reason =
		tell_losses(cpu, ring, call.tid) ? emit_fixed(event, &call, ring, is_enter) : DROP_RING_FULL;
	if (reason == DROP_REASONS)
		COUNT(cpu->emitted);
	else
		drop(cpu, reason, call.id);
	return 0;
}

PROGRAM(sys_exit, "sys_exit")
{
	return dispatch(ctx, 0);
}

PROGRAM(sys_enter, "sys_enter")
{
	return dispatch(ctx, 1);
}

/* In the programs of families, where `extra` parameters follow those of the event. */
#define FAMILY_CASE(EVENT, name, PARAM_COUNT)                                                                          \
	case PPME_##EVENT:                                                                                             \
		writer_start(writer, PPME_##EVENT, PARAM_COUNT + extra);                                               \
		fill_##name(writer, call);                                                                             \
		break;

/* One program for each family of fillers, so that a plan loads what it needs. `dispatch` has made sure of the rest. */
#define FAMILY_PROGRAM(NAME, TRACEPOINT, FILLERS, IS_ENTER)                                                            \
	PROGRAM(NAME, TRACEPOINT)                                                                                      \
	{                                                                                                              \
		struct pt_regs scratch;                                                                                \
		const struct pt_regs *regs = registers_at(ctx[0], &scratch);                                           \
		struct call of, *call = &of;                                                                           \
		struct cpu_counters *cpu = counters_of(current_cpu());                                                 \
                                                                                                                       \
		if (!cpu)                                                                                              \
			return 0;                                                                                      \
		identify(call, regs, IS_ENTER);                                                                        \
		read_arguments(call, regs);                                                                            \
		call->ret = IS_ENTER ? 0 : ctx[1];                                                                     \
		NOTE_CALLER(call);                                                                                     \
		struct writer *writer = start_writer(cpu, call->tid, call->id);                                        \
		if (!writer)                                                                                           \
			return 0;                                                                                      \
		__u32 extra = 0;                                                                                       \
		if (!IS_ENTER && ASKED_STACKS) {                                                                       \
			TAKE_STACKS(ctx);                                                                              \
			extra = 1;                                                                                     \
		}                                                                                                      \
		switch (IS_ENTER ? call->exit_event - 1 : call->exit_event) {                                          \
			FILLERS(FAMILY_CASE)                                                                           \
		}                                                                                                      \
		finish_writer(writer, cpu, ring_of(current_cpu()), call->id);                                          \
		return 0;                                                                                              \
	}

FAMILY_PROGRAM(exit_general, "sys_exit", WRITER_FILLERS_EXIT_GENERAL, 0)
FAMILY_PROGRAM(exit_io, "sys_exit", WRITER_FILLERS_EXIT_IO, 0)
FAMILY_PROGRAM(exit_network, "sys_exit", WRITER_FILLERS_EXIT_NETWORK, 0)
FAMILY_PROGRAM(exit_process, "sys_exit", WRITER_FILLERS_EXIT_PROCESS, 0)
FAMILY_PROGRAM(enter_general, "sys_enter", WRITER_FILLERS_ENTER_GENERAL, 1)
FAMILY_PROGRAM(enter_io, "sys_enter", WRITER_FILLERS_ENTER_IO, 1)
FAMILY_PROGRAM(enter_network, "sys_enter", WRITER_FILLERS_ENTER_NETWORK, 1)
FAMILY_PROGRAM(enter_process, "sys_enter", WRITER_FILLERS_ENTER_PROCESS, 1)

/* The tracepoints beside system calls. */
PROGRAM(sched_process_exit, "sched_process_exit")
{
	__u32 tid = current_tid();

	set_outdated(tid, 0); /* whoever has the id next is another */
	if (!is_recorded_thread())
		return 0;
	emit_process_exit((struct task_struct *)ctx[0]);
	if (config()->follow)
		bpf_map_delete_elem(MAP(followed), &tid);
	return 0;
}

PROGRAM(signal_deliver, "signal_deliver")
{
	if (is_recorded_thread())
		emit_signal_deliver(ctx[0], (const void *)ctx[1]);
	return 0;
}

PROGRAM(sched_switch, "sched_switch")
{
	if (is_recorded_thread())
		emit_sched_switch((struct task_struct *)ctx[1], (struct task_struct *)ctx[2]);
	return 0;
}

PROGRAM(page_fault_user, "page_fault_user")
{
	if (is_recorded_thread())
		emit_page_fault(ctx[0], GIVEN((const struct pt_regs *)ctx[1], ip), ctx[2]);
	return 0;
}

PROGRAM(page_fault_kernel, "page_fault_kernel")
{
	if (is_recorded_thread())
		emit_page_fault(ctx[0], GIVEN((const struct pt_regs *)ctx[1], ip), ctx[2]);
	return 0;
}

/* Keeps track of names that no record tells of. */
PROGRAM(task_rename, "task_rename")
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct pt_regs scratch;

	set_outdated(GIVEN(task, pid), task != current_task() || !tells_name(current_registers(&scratch)));
	return 0;
}

/* The followed set: threads, since they alone can tell when they are gone. */
PROGRAM(follow_fork, "sched_process_fork")
{
	__u32 parent = GIVEN((struct task_struct *)ctx[0], pid), child = GIVEN((struct task_struct *)ctx[1], pid);
	__u8 yes = 1;

	if (bpf_map_lookup_elem(MAP(followed), &parent))
		bpf_map_update_elem(MAP(followed), &child, &yes, BPF_ANY);
	return 0;
}

/* The thread that executes a program takes its process's id, whose owner has just gone. */
PROGRAM(follow_exec, "sched_process_exec")
{
	__u32 now = GIVEN((struct task_struct *)ctx[0], pid), before = ctx[1];
	__u8 yes = 1;

	if (now != before && bpf_map_lookup_elem(MAP(followed), &before)) {
		bpf_map_update_elem(MAP(followed), &now, &yes, BPF_ANY);
		bpf_map_delete_elem(MAP(followed), &before);
	}
	return 0;
}

#endif
