/* SPDX-License-Identifier: GPL-2.0 */
/* Probes of functions of programs and libraries. One program serves all of them: the cookie of each says which it is.
 */
#ifndef TRACER_USER_PROBES_H
#define TRACER_USER_PROBES_H

/* Unlike tracepoints' programs this one can be preempted. So what it shares with those of its CPU it changes by single
 * instructions. A kernel that
 * has cookies (5.15) has the exchange. */
#include "exchange.h"
#define COUNT_AT_ONCE(COUNTER) __sync_fetch_and_add(&(COUNTER), 1)

struct user_probe {
	__u32 at_return; /* of the function */
	char id[STRING_MAX]; /* what the user wrote */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set before loading */
	__type(key, __u32);
	__type(value, struct user_probe);
} user_probes SEC(".maps");

static const char arguments_format[] = "arg0=0x%llx arg1=0x%llx arg2=0x%llx arg3=0x%llx arg4=0x%llx arg5=0x%llx";
static const char result_format[] = "ret=0x%llx";

static __always_inline void drop_user_probe(struct cpu_counters *cpu, enum drop_reason reason)
{
	COUNT_AT_ONCE(cpu->dropped[reason]);
	COUNT_AT_ONCE(cpu->lost);
	count_drop(ORIGIN_USER_PROBE);
}

static __always_inline int tell_losses_at_once(struct cpu_counters *cpu, void *ring, __u32 tid)
{
	struct record_drop_e *record;

	if (!cpu->lost)
		return 1;
	record = RESERVE(ring, sizeof(*record));
	if (!record)
		return 0;
	fill_header(&record->header, tid, PPME_DROP_E, sizeof(*record), 1);
	fill_drop(record, EXCHANGE(EXCHANGE_DOUBLEWORD, cpu->lost, 0));
	SUBMIT(ring, record, sizeof(*record));
	return 1;
}

static __always_inline void write_registers(struct writer *writer, const struct pt_regs *regs, __u32 at_return)
{
	__u64 values[] = {regs->di, regs->si, regs->dx, regs->cx, regs->r8, regs->r9};
	__u8 *at = writer_at(writer);
	long size;

	if (!at)
		return;
	if (at_return) {
		values[0] = regs->ax;
		size = bpf_snprintf((char *)at, STRING_MAX, result_format, values, sizeof(values[0]));
	} else {
		size = bpf_snprintf((char *)at, STRING_MAX, arguments_format, values, sizeof(values));
	}
	writer_advance(writer, size);
}

static __always_inline void emit_user_probe(struct cpu_counters *cpu, struct writer *writer, void *ring,
					    const struct user_probe *probe, const struct pt_regs *regs)
{
	__u8 *at;
	__u64 size;

	writer_start(writer, PPME_NOTIFICATION_E, 2);
	at = writer_at(writer);
	if (at)
		writer_advance(writer, read_kernel_string(at, STRING_MAX, probe->id));
	write_registers(writer, regs, probe->at_return);
	size = IN_MEMORY(writer->size);
	OPAQUE(size);
	if (size > RECORD_MAX) {
		drop_user_probe(cpu, DROP_TOO_LONG);
		return;
	}
	__u32 tid = current_tid();
	int has_room = tell_losses_at_once(cpu, ring, tid);
	fill_header((struct event_header *)writer->record, tid, PPME_NOTIFICATION_E, size, 2);
	if (!has_room || OUTPUT(ring, writer->record, size))
		drop_user_probe(cpu, DROP_RING_FULL);
	else
		COUNT_AT_ONCE(cpu->emitted);
}

SEC("uprobe")
int user_probe(struct pt_regs *regs)
{
	__u32 number = current_cpu(), index = bpf_get_attach_cookie(regs);
	const struct user_probe *probe = bpf_map_lookup_elem(&user_probes, &index);
	struct cpu_counters *cpu = counters_of(number);
	void *ring = ring_of(number);
	struct writer *writer = current_writer();

	if (!is_recorded_thread() || !probe || !cpu || !writer)
		return 0;
	COUNT_AT_ONCE(cpu->seen);
	if (!ring) {
		drop_user_probe(cpu, DROP_NO_RING);
	} else if (EXCHANGE(EXCHANGE_WORD, writer->busy, 1)) {
		drop_user_probe(cpu, DROP_SCRATCH_BUSY);
	} else {
		emit_user_probe(cpu, writer, ring, probe, regs);
		writer->busy = 0;
	}
	return 0;
}

#endif
