/* SPDX-License-Identifier: GPL-2.0 */
/* From a system call number to the event that tells of it. */
#ifndef TRACER_SYSCALLS_H
#define TRACER_SYSCALLS_H

#define SYSCALL_NUMBERS 512 /* numbers from here on are recorded without a name */
#define COMPAT_CALL 2 /* thread_info.status: in a 32-bit call */
#define NR_RT_SIGRETURN 15
#define NR_IA32_RT_SIGRETURN 173

#define NR_IA32_SOCKETCALL 102
#define SUBCALL_NUMBERS 32
#define EVENT_SLOTS 512 /* a power of two above the number of events */

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

struct syscall_row {
	__u16 id;
	__u16 exit_event;
	__u16 layout; /* enum argument_layout */
	__u16 wide; /* longs in user memory have 8 bytes even if it is a 32-bit call */
};

struct probe_tables {
	struct syscall_row x86_64[SYSCALL_NUMBERS];
	struct syscall_row ia32[SYSCALL_NUMBERS];
	struct syscall_row ia32_socketcall[SUBCALL_NUMBERS];
	struct syscall_row ia32_ipc[SUBCALL_NUMBERS];
	__u8 event_families[EVENT_SLOTS]; /* FAMILY_NONE for those that nobody fills */
} __attribute__((aligned(8)));

_Static_assert(PPM_EVENT_MAX <= EVENT_SLOTS, "more events than slots");

static const struct probe_tables probe_tables = {
	.x86_64 = {SYSCALL_ROWS_X86_64},
	.ia32 = {SYSCALL_ROWS_IA32},
	.ia32_socketcall = {SYSCALL_ROWS_IA32_SOCKETCALL},
	.ia32_ipc = {SYSCALL_ROWS_IA32_IPC},
	.event_families = {EVENT_FAMILIES},
};

#ifndef TABLES /* where a driver keeps them elsewhere */
#define TABLES (&probe_tables)
#endif

/* What a call is by its number, and, if many calls share that, by its first argument. */
FILLER void look_up_call(struct call *call, __s64 number, __u64 first_argument)
{
	const struct syscall_row *row;

	call->number = number;
	call->id = 0;
	call->exit_event = PPME_GENERIC_X;
	call->layout = LAYOUT_PLAIN;
	call->narrow = call->compat;
	if (number < 0 || number >= SYSCALL_NUMBERS)
		return;
	row = call->compat ? &TABLES->ia32[number] : &TABLES->x86_64[number];
	if (row->layout == LAYOUT_SUBCALL) {
		const struct syscall_row *subrow;
		__u64 subcall = (__u16)first_argument; /* above it ipc has a version */

		OPAQUE(subcall);
		if (subcall < SUBCALL_NUMBERS) {
			subrow = number == NR_IA32_SOCKETCALL ? &TABLES->ia32_socketcall[subcall]
							      : &TABLES->ia32_ipc[subcall];
			row = subrow->id ? subrow : row;
		}
	}
	call->id = row->id;
	call->layout = row->layout;
	call->narrow = call->compat & ~row->wide;
	if (row->exit_event)
		call->exit_event = row->exit_event;
}

FILLER void fill_generic_e(struct record_generic_e *record, const struct call *call)
{
	SET(record->lengths[0], 2);
	SET(record->lengths[1], 2);
	SET(record->ID, call->id);
	SET(record->nativeID, call->number);
}

FILLER void fill_generic_x(struct record_generic_x *record, const struct call *call)
{
	SET(record->lengths[0], 2);
	SET(record->lengths[1], 2);
	SET(record->ID, call->id);
	SET(record->nativeID, call->number);
}

#endif
