// SPDX-License-Identifier: GPL-2.0
// The eBPF side of the probe: maps, programs, and the way of a record into the ring.
#include "platform.h"

#include "probe.h"

char LICENSE[] SEC("license") = "GPL";

// User space looks for this before it gives the object to the kernel.
const char probe_identity[] SEC(".tracer_probe") __attribute__((used)) = "tracer-probe " PROBE_FORMAT_TEXT
									 " " SCHEMA_FINGERPRINT;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); // set to the number of CPUs before loading, as in the maps below
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_RINGBUF);
			__uint(max_entries, 4096);
		});
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct cpu_counters);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ORIGIN_MAX);
	__type(key, __u32);
	__type(value, __u64);
} drops_by_origin SEC(".maps");

// Threads to record where the configuration says so.
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); // set to the largest thread id
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
} followed SEC(".maps");

// The programs of each family. Two maps, as the kernel wants programs of one prototype in each.
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, FAMILY_MAX);
	__type(key, __u32);
	__type(value, __u32);
} enter_families SEC(".maps"), exit_families SEC(".maps");

static __always_inline int is_recorded_thread(void)
{
	__u64 pid_tid = bpf_get_current_pid_tgid();
	__u32 tid = pid_tid;

	if (pid_tid >> 32 == probe_config.excluded_pid)
		return 0;
	return !probe_config.follow || bpf_map_lookup_elem(&followed, &tid);
}

// The bits of thread_info that tell a 32-bit call from a 64-bit one.
static __always_inline __u32 thread_status(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		struct task_struct *task = bpf_get_current_task_btf();
		return task->thread_info.status;
	}
	return READ(current_task(), thread_info.status);
}

// What is under way, except for the arguments. Cheap: most of what comes along may be of no interest.
static __always_inline void identify(struct call *call, const struct pt_regs *regs, int is_enter)
{
	__s64 number = (__s32)regs->orig_ax;

	call->compat = thread_status() / TS_COMPAT & 1;
	// rt_sigreturn restores all registers, the number's among them.
	if (!is_enter && number == -1)
		number = call->compat ? NR_IA32_RT_SIGRETURN : NR_RT_SIGRETURN;
	call->number = number;
	call->id = 0;
	call->exit_event = PPME_GENERIC_X;
	if (number < 0 || number >= SYSCALL_NUMBERS)
		return;
	const struct syscall_row *row = call->compat ? &ia32_rows[number] : &x86_64_rows[number];
	call->id = row->id;
	if (row->exit_event)
		call->exit_event = row->exit_event;
}

static __always_inline void read_arguments(struct call *call, const struct pt_regs *regs)
{
	if (call->compat) {
		call->args[0] = (__u32)regs->bx;
		call->args[1] = (__u32)regs->cx;
		call->args[2] = (__u32)regs->dx;
		call->args[3] = (__u32)regs->si;
		call->args[4] = (__u32)regs->di;
		call->args[5] = (__u32)regs->bp;
	} else {
		call->args[0] = regs->di;
		call->args[1] = regs->si;
		call->args[2] = regs->dx;
		call->args[3] = regs->r10;
		call->args[4] = regs->r8;
		call->args[5] = regs->r9;
	}
}

static __always_inline int is_wanted(__u16 id)
{
	return probe_config.syscalls[(id / 64) % (SYSCALL_ID_MAX / 64)] >> (id % 64) & 1;
}

static __always_inline void drop(struct cpu_counters *cpu, enum drop_reason reason, __u32 origin)
{
	__u64 *count = bpf_map_lookup_elem(&drops_by_origin, &origin);

	cpu->dropped[reason]++;
	cpu->lost++;
	if (count)
		__sync_fetch_and_add(count, 1);
}

static __always_inline void fill_header(struct event_header *header, __u16 type, __u32 length, __u32 param_count)
{
	header->timestamp = bpf_ktime_get_boot_ns() + probe_config.clock_offset;
	header->tid = (__u32)bpf_get_current_pid_tgid();
	header->length = length;
	header->type = type;
	header->param_count = param_count;
}

// Comes before each record: where some were dropped before it, says so first. 0 if there is no room even for that.
static __always_inline int tell_losses(struct cpu_counters *cpu, void *ring)
{
	struct record_drop_e *record;
	__u64 lost = cpu->lost;

	if (!lost)
		return 1;
	record = bpf_ringbuf_reserve(ring, sizeof(*record), 0);
	if (!record)
		return 0;
	fill_header(&record->header, PPME_DROP_E, sizeof(*record), 1);
	fill_drop(record, lost);
	cpu->lost -= lost;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 1;
}

#define FIXED_CASE(EVENT, name, PARAM_COUNT)                                                                           \
	case PPME_##EVENT: {                                                                                           \
		struct record_##name *record = bpf_ringbuf_reserve(ring, sizeof(*record), 0);                          \
		if (!record)                                                                                           \
			return DROP_RING_FULL;                                                                         \
		fill_##name(record, call);                                                                             \
		header = &record->header;                                                                              \
		length = sizeof(*record);                                                                              \
		param_count = PARAM_COUNT;                                                                             \
		break;                                                                                                 \
	}

// The events of fixed size, filled in place. DROP_REASONS if all went well.
static __always_inline enum drop_reason emit_fixed(__u16 event, const struct call *call, void *ring, int is_enter)
{
	struct event_header *header;
	__u32 length, param_count;

	if (is_enter) {
		switch (event) {
			FIXED_FILLERS_ENTER(FIXED_CASE)
			FIXED_CASE(GENERIC_E, generic_e, 2)
		default:
			return DROP_NO_PROGRAM;
		}
	} else {
		switch (event) {
			FIXED_FILLERS_EXIT(FIXED_CASE)
			FIXED_CASE(GENERIC_X, generic_x, 2)
		default:
			return DROP_NO_PROGRAM;
		}
	}
	fill_header(header, event, length, param_count);
	bpf_ringbuf_submit(header, BPF_RB_NO_WAKEUP);
	return DROP_REASONS;
}

static __always_inline int dispatch(__u64 *ctx, int is_enter)
{
	const struct pt_regs *regs = (const struct pt_regs *)ctx[0];
	struct call call;

	identify(&call, regs, is_enter);
	if (!is_wanted(call.id) || !is_recorded_thread())
		return 0;
	__u16 event = is_enter ? call.exit_event - 1 : call.exit_event;
	if (event >= PPM_EVENT_MAX)
		return 0;
	__u32 family = event_families[event];
	if (family == FAMILY_NONE) {
		// An exit event is always due; an enter event that nobody fills is left out, as its exit event tells
		// all.
		if (is_enter && event != PPME_GENERIC_E)
			return 0;
		if (!is_enter)
			event = PPME_GENERIC_X;
		family = FAMILY_FIXED;
	}

	__u32 number = bpf_get_smp_processor_id();
	struct cpu_counters *cpu = bpf_map_lookup_elem(&counters, &number);
	if (!cpu)
		return 0;
	cpu->seen++;
	if (family != FAMILY_FIXED) {
		if (is_enter)
			bpf_tail_call(ctx, &enter_families, family);
		else
			bpf_tail_call(ctx, &exit_families, family);
		drop(cpu, DROP_NO_PROGRAM, call.id);
		return 0;
	}
	void *ring = bpf_map_lookup_elem(&rings, &number);
	if (!ring) {
		drop(cpu, DROP_NO_RING, call.id);
		return 0;
	}
	read_arguments(&call, regs);
	call.ret = is_enter ? 0 : ctx[1];
	enum drop_reason reason = tell_losses(cpu, ring) ? emit_fixed(event, &call, ring, is_enter) : DROP_RING_FULL;
	if (reason == DROP_REASONS)
		cpu->emitted++;
	else
		drop(cpu, reason, call.id);
	return 0;
}

SEC("tp_btf/sys_exit")
int sys_exit(__u64 *ctx)
{
	return dispatch(ctx, 0);
}

SEC("tp_btf/sys_enter")
int sys_enter(__u64 *ctx)
{
	return dispatch(ctx, 1);
}

// The way of a record that a writer puts together.
static __always_inline struct writer *start_writer(struct cpu_counters *cpu, __u32 number, __u32 origin)
{
	struct writer *writer = bpf_map_lookup_elem(&writers, &number);

	if (!writer)
		return 0;
	if (writer->busy) {
		drop(cpu, DROP_SCRATCH_BUSY, origin);
		return 0;
	}
	writer->busy = 1;
	return writer;
}

static __always_inline void finish_writer(struct writer *writer, struct cpu_counters *cpu, __u32 number, __u32 origin)
{
	struct event_header *header = (struct event_header *)writer->record;
	void *ring = bpf_map_lookup_elem(&rings, &number);
	__u32 size = writer->size;

	if (!ring) {
		drop(cpu, DROP_NO_RING, origin);
	} else if (size > RECORD_MAX) {
		drop(cpu, DROP_TOO_LONG, origin);
	} else {
		int has_room = tell_losses(cpu, ring);
		fill_header(header, header->type, size, writer->param_count);
		if (!has_room || bpf_ringbuf_output(ring, writer->record, size, BPF_RB_NO_WAKEUP))
			drop(cpu, DROP_RING_FULL, origin);
		else
			cpu->emitted++;
	}
	writer->busy = 0;
}

#define WRITER_CASE(EVENT, name, PARAM_COUNT)                                                                          \
	case PPME_##EVENT:                                                                                             \
		writer_start(writer, PPME_##EVENT, PARAM_COUNT);                                                       \
		fill_##name(writer, &call);                                                                            \
		break;

// One program for each family of fillers, so that a plan loads what it needs. `dispatch` has made sure of the rest.
#define FAMILY_PROGRAM(PROGRAM, SECTION, FILLERS, IS_ENTER)                                                            \
	SEC(SECTION)                                                                                                   \
	int PROGRAM(__u64 *ctx)                                                                                        \
	{                                                                                                              \
		const struct pt_regs *regs = (const struct pt_regs *)ctx[0];                                           \
		struct call call;                                                                                      \
		__u32 number = bpf_get_smp_processor_id();                                                             \
		struct cpu_counters *cpu = bpf_map_lookup_elem(&counters, &number);                                    \
                                                                                                                       \
		if (!cpu)                                                                                              \
			return 0;                                                                                      \
		identify(&call, regs, IS_ENTER);                                                                       \
		read_arguments(&call, regs);                                                                           \
		call.ret = IS_ENTER ? 0 : ctx[1];                                                                      \
		struct writer *writer = start_writer(cpu, number, call.id);                                            \
		if (!writer)                                                                                           \
			return 0;                                                                                      \
		switch (IS_ENTER ? call.exit_event - 1 : call.exit_event) {                                            \
			FILLERS(WRITER_CASE)                                                                           \
		}                                                                                                      \
		finish_writer(writer, cpu, number, call.id);                                                           \
		return 0;                                                                                              \
	}

FAMILY_PROGRAM(exit_general, "tp_btf/sys_exit", WRITER_FILLERS_EXIT_GENERAL, 0)
FAMILY_PROGRAM(exit_io, "tp_btf/sys_exit", WRITER_FILLERS_EXIT_IO, 0)
FAMILY_PROGRAM(exit_network, "tp_btf/sys_exit", WRITER_FILLERS_EXIT_NETWORK, 0)
FAMILY_PROGRAM(exit_process, "tp_btf/sys_exit", WRITER_FILLERS_EXIT_PROCESS, 0)
FAMILY_PROGRAM(enter_general, "tp_btf/sys_enter", WRITER_FILLERS_ENTER_GENERAL, 1)
FAMILY_PROGRAM(enter_io, "tp_btf/sys_enter", WRITER_FILLERS_ENTER_IO, 1)
FAMILY_PROGRAM(enter_network, "tp_btf/sys_enter", WRITER_FILLERS_ENTER_NETWORK, 1)
FAMILY_PROGRAM(enter_process, "tp_btf/sys_enter", WRITER_FILLERS_ENTER_PROCESS, 1)

// The tracepoints beside system calls.
#define TRACEPOINT_EVENT(EVENT, name, PARAM_COUNT, ORIGIN, STATEMENT)                                                  \
	do {                                                                                                           \
		__u32 number = bpf_get_smp_processor_id();                                                             \
		struct cpu_counters *cpu = bpf_map_lookup_elem(&counters, &number);                                    \
		void *ring = bpf_map_lookup_elem(&rings, &number);                                                     \
		if (!cpu)                                                                                              \
			break;                                                                                         \
		cpu->seen++;                                                                                           \
		if (!ring) {                                                                                           \
			drop(cpu, DROP_NO_RING, ORIGIN);                                                               \
			break;                                                                                         \
		}                                                                                                      \
		struct record_##name *record =                                                                         \
			tell_losses(cpu, ring) ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : 0;                    \
		if (!record) {                                                                                         \
			drop(cpu, DROP_RING_FULL, ORIGIN);                                                             \
			break;                                                                                         \
		}                                                                                                      \
		fill_header(&record->header, PPME_##EVENT, sizeof(*record), PARAM_COUNT);                              \
		STATEMENT;                                                                                             \
		cpu->emitted++;                                                                                        \
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);                                                          \
	} while (0)

// exit and exit_group have no exit event. Where enter events are not taken, the end of the thread tells of the call.
static __always_inline void emit_last_call(void)
{
	struct call call = {};

	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return;
	identify(&call, (const struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()), 1);
	if ((call.id == PPM_SC_EXIT || call.id == PPM_SC_EXIT_GROUP) && is_wanted(call.id))
		TRACEPOINT_EVENT(GENERIC_E, generic_e, 2, call.id, fill_generic_e(record, &call));
}

SEC("tp_btf/sched_process_exit")
int sched_process_exit(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	__u32 tid = bpf_get_current_pid_tgid();

	if (!is_recorded_thread())
		return 0;
	if (probe_config.last_call)
		emit_last_call();
	if (probe_config.process_exit)
		TRACEPOINT_EVENT(PROCEXIT_1_E, procexit_1_e, 5, ORIGIN_PROCESS_EXIT, fill_process_exit(record, task));
	if (probe_config.follow)
		bpf_map_delete_elem(&followed, &tid);
	return 0;
}

SEC("tp_btf/signal_deliver")
int signal_deliver(__u64 *ctx)
{
	if (!is_recorded_thread())
		return 0;
	TRACEPOINT_EVENT(SIGNALDELIVER_E, signaldeliver_e, 3, ORIGIN_SIGNAL_DELIVER,
			 fill_signal_deliver(record, ctx[0], (const void *)ctx[1]));
	return 0;
}

SEC("tp_btf/sched_switch")
int sched_switch(__u64 *ctx)
{
	struct task_struct *next = (struct task_struct *)ctx[2];

	if (!is_recorded_thread())
		return 0;
	TRACEPOINT_EVENT(SCHEDSWITCH_6_E, schedswitch_6_e, 6, ORIGIN_SCHED_SWITCH,
			 fill_sched_switch(record, (struct task_struct *)ctx[1], next));
	return 0;
}

static __always_inline int page_fault(__u64 *ctx)
{
	if (!is_recorded_thread())
		return 0;
	TRACEPOINT_EVENT(PAGE_FAULT_E, page_fault_e, 3, ORIGIN_PAGE_FAULT,
			 fill_page_fault(record, ctx[0], ((const struct pt_regs *)ctx[1])->ip, ctx[2]));
	return 0;
}

SEC("tp_btf/page_fault_user")
int page_fault_user(__u64 *ctx)
{
	return page_fault(ctx);
}

SEC("tp_btf/page_fault_kernel")
int page_fault_kernel(__u64 *ctx)
{
	return page_fault(ctx);
}

// The followed set: threads, since they alone can tell when they are gone.
SEC("tp_btf/sched_process_fork")
int follow_fork(__u64 *ctx)
{
	__u32 parent = ((struct task_struct *)ctx[0])->pid, child = ((struct task_struct *)ctx[1])->pid;
	__u8 yes = 1;

	if (bpf_map_lookup_elem(&followed, &parent))
		bpf_map_update_elem(&followed, &child, &yes, BPF_ANY);
	return 0;
}

// The thread that executes a program takes its process's id, whose owner has just gone.
SEC("tp_btf/sched_process_exec")
int follow_exec(__u64 *ctx)
{
	__u32 now = ((struct task_struct *)ctx[0])->pid, before = ctx[1];
	__u8 yes = 1;

	if (now != before && bpf_map_lookup_elem(&followed, &before)) {
		bpf_map_update_elem(&followed, &now, &yes, BPF_ANY);
		bpf_map_delete_elem(&followed, &before);
	}
	return 0;
}
