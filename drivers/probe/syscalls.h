/* SPDX-License-Identifier: GPL-2.0 */
/* From a system call number to the event that tells of it. */
#ifndef TRACER_SYSCALLS_H
#define TRACER_SYSCALLS_H

#define SYSCALL_NUMBERS 512 /* numbers from here on are recorded without a name */
#define COMPAT_CALL 2 /* thread_info.status: in a 32-bit call */
#define NR_RT_SIGRETURN 15
#define NR_IA32_RT_SIGRETURN 173

struct syscall_row {
	__u16 id;
	__u16 exit_event;
};

static const struct syscall_row x86_64_rows[SYSCALL_NUMBERS] = {SYSCALL_ROWS_X86_64};
static const struct syscall_row ia32_rows[SYSCALL_NUMBERS] = {SYSCALL_ROWS_IA32};

/* Groups of fillers that are loaded together. */
enum family {
	FAMILY_NONE,
	FAMILY_FIXED, /* filled in place by the dispatcher */
	FAMILY_GENERAL,
	FAMILY_IO,
	FAMILY_NETWORK,
	FAMILY_PROCESS,
	FAMILY_MAX,
};

static const __u8 event_families[PPM_EVENT_MAX] = {EVENT_FAMILIES};

FILLER void fill_generic_e(struct record_generic_e *record, const struct call *call)
{
	record->lengths[0] = 2;
	record->lengths[1] = 2;
	record->ID = call->id;
	record->nativeID = call->number;
}

FILLER void fill_generic_x(struct record_generic_x *record, const struct call *call)
{
	record->lengths[0] = 2;
	record->lengths[1] = 2;
	record->ID = call->id;
	record->nativeID = call->number;
}

#endif
