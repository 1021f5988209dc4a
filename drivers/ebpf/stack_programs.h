/* SPDX-License-Identifier: GPL-2.0 */
/* The events of fixed size where they carry stacks: then they go through a writer too. */
#ifndef TRACER_STACK_PROGRAMS_H
#define TRACER_STACK_PROGRAMS_H

/* Filled as far behind its place as one more length needs; then the other lengths move to where they belong. */
#define FIXED_CASE_WITH_STACKS(EVENT, name, PARAM_COUNT)                                                               \
	case PPME_##EVENT: {                                                                                           \
		struct record_##name *record = (struct record_##name *)(writer->record + sizeof(__u16));               \
		__u16 *lengths = (__u16 *)(writer->record + sizeof(struct event_header));                              \
		writer_start(writer, PPME_##EVENT, PARAM_COUNT + 1);                                                   \
		fill_##name(record, call);                                                                             \
		_Pragma("unroll") for (__u32 i = 0; i < PARAM_COUNT; i++) lengths[i] = lengths[i + 1];                 \
		writer->param = PARAM_COUNT;                                                                           \
		writer->size = sizeof(*record) + sizeof(__u16);                                                        \
		break;                                                                                                 \
	}

PROGRAM(exit_fixed, "sys_exit")
{
	struct pt_regs scratch;
	const struct pt_regs *regs = registers_at(ctx[0], &scratch);
	struct call of, *call = &of;
	struct cpu_counters *cpu = counters_of(current_cpu());
	__u16 event;

	if (!cpu)
		return 0;
	identify(call, regs, 0);
	read_arguments(call, regs);
	call->ret = ctx[1];
	choose_event(call, 0, &event);
	NOTE_CALLER(call);
	struct writer *writer = start_writer(cpu, call->tid, call->id);
	if (!writer)
		return 0;
	TAKE_STACKS(ctx);
	switch (event) {
		FIXED_FILLERS_EXIT(FIXED_CASE_WITH_STACKS)
	default:
		FIXED_CASE_WITH_STACKS(GENERIC_X, generic_x, 2)
	}
	finish_writer(writer, cpu, ring_of(current_cpu()), call->id);
	return 0;
}

#endif
