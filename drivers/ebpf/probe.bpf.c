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

// What select.h and emit.h stand on.
#define current_tid() ((__u32)bpf_get_current_pid_tgid())
#define current_tgid() ((__u32)(bpf_get_current_pid_tgid() >> 32))
#define current_cpu() bpf_get_smp_processor_id()
#define boot_time() bpf_ktime_get_boot_ns()
#define RESERVE(RING, SIZE) bpf_ringbuf_reserve(RING, SIZE, 0)
#define SUBMIT(RECORD) bpf_ringbuf_submit(RECORD, BPF_RB_NO_WAKEUP)
#define OUTPUT(RING, RECORD, SIZE) bpf_ringbuf_output(RING, RECORD, SIZE, BPF_RB_NO_WAKEUP)
#define ADD(COUNTER, NUMBER) ((COUNTER) += (NUMBER))
#define TAKE(COUNTER)                                                                                                  \
	({                                                                                                             \
		__u64 taken = (COUNTER);                                                                               \
		(COUNTER) = 0;                                                                                         \
		taken;                                                                                                 \
	})

static __always_inline int is_followed(__u32 tid)
{
	return bpf_map_lookup_elem(&followed, &tid) != 0;
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

static __always_inline const struct pt_regs *current_registers(void)
{
	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return 0;
	return (const struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

static __always_inline struct cpu_counters *counters_of(__u32 cpu)
{
	return bpf_map_lookup_elem(&counters, &cpu);
}

static __always_inline void *ring_of(__u32 cpu)
{
	return bpf_map_lookup_elem(&rings, &cpu);
}

static __always_inline void count_drop(__u32 origin)
{
	__u64 *count = bpf_map_lookup_elem(&drops_by_origin, &origin);

	if (count)
		__sync_fetch_and_add(count, 1);
}

#include "select.h"
#include "emit.h"

static __always_inline int dispatch(__u64 *ctx, int is_enter)
{
	const struct pt_regs *regs = (const struct pt_regs *)ctx[0];
	struct call call;

	identify(&call, regs, is_enter);
	if (!is_wanted(call.id) || !is_recorded_thread())
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
	if (family != FAMILY_FIXED) {
		if (is_enter)
			bpf_tail_call(ctx, &enter_families, family);
		else
			bpf_tail_call(ctx, &exit_families, family);
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
	enum drop_reason reason = tell_losses(cpu, ring) ? emit_fixed(event, &call, ring, is_enter) : DROP_RING_FULL;
	if (reason == DROP_REASONS)
		COUNT(cpu->emitted);
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

// One program for each family of fillers, so that a plan loads what it needs. `dispatch` has made sure of the rest.
#define FAMILY_PROGRAM(PROGRAM, SECTION, FILLERS, IS_ENTER)                                                            \
	SEC(SECTION)                                                                                                   \
	int PROGRAM(__u64 *ctx)                                                                                        \
	{                                                                                                              \
		const struct pt_regs *regs = (const struct pt_regs *)ctx[0];                                           \
		struct call call;                                                                                      \
		struct cpu_counters *cpu = counters_of(current_cpu());                                                 \
                                                                                                                       \
		if (!cpu)                                                                                              \
			return 0;                                                                                      \
		identify(&call, regs, IS_ENTER);                                                                       \
		read_arguments(&call, regs);                                                                           \
		call.ret = IS_ENTER ? 0 : ctx[1];                                                                      \
		struct writer *writer = start_writer(cpu, call.id);                                                    \
		if (!writer)                                                                                           \
			return 0;                                                                                      \
		switch (IS_ENTER ? call.exit_event - 1 : call.exit_event) {                                            \
			FILLERS(WRITER_CASE)                                                                           \
		}                                                                                                      \
		finish_writer(writer, cpu, ring_of(current_cpu()), call.id);                                           \
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
SEC("tp_btf/sched_process_exit")
int sched_process_exit(__u64 *ctx)
{
	__u32 tid = current_tid();

	if (!is_recorded_thread())
		return 0;
	emit_process_exit((struct task_struct *)ctx[0]);
	if (probe_config.follow)
		bpf_map_delete_elem(&followed, &tid);
	return 0;
}

SEC("tp_btf/signal_deliver")
int signal_deliver(__u64 *ctx)
{
	if (is_recorded_thread())
		emit_signal_deliver(ctx[0], (const void *)ctx[1]);
	return 0;
}

SEC("tp_btf/sched_switch")
int sched_switch(__u64 *ctx)
{
	if (is_recorded_thread())
		emit_sched_switch((struct task_struct *)ctx[1], (struct task_struct *)ctx[2]);
	return 0;
}

SEC("tp_btf/page_fault_user")
int page_fault_user(__u64 *ctx)
{
	if (is_recorded_thread())
		emit_page_fault(ctx[0], (const struct pt_regs *)ctx[1], ctx[2]);
	return 0;
}

SEC("tp_btf/page_fault_kernel")
int page_fault_kernel(__u64 *ctx)
{
	if (is_recorded_thread())
		emit_page_fault(ctx[0], (const struct pt_regs *)ctx[1], ctx[2]);
	return 0;
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
