/* SPDX-License-Identifier: GPL-2.0 */
/* From a tracepoint of system calls to the event that is due. The driver defines before it: config(), current_tid(),
 * current_tgid(), is_followed(tid), thread_status(). */
#ifndef TRACER_SELECT_H
#define TRACER_SELECT_H

/* Who makes a call. A driver that learns all about a thread at once does so with its status. */
#ifndef CALLER_STATUS
#define CALLER_STATUS(CALL) ((void)(CALL), thread_status())
#define NOTE_CALLER(CALL)                                                                                              \
	do {                                                                                                           \
		(CALL)->tid = current_tid();                                                                           \
		(CALL)->tgid = current_tgid();                                                                         \
	} while (0)
#endif

/* What is under way, except for the arguments. Cheap: most of what comes along may be of no interest. */
FILLER void identify(struct call *call, const struct pt_regs *regs, int is_enter)
{
	__s64 number = (__s32)regs->orig_ax;

	call->compat = CALLER_STATUS(call) / COMPAT_CALL & 1;
	/* rt_sigreturn restores all registers, the number's among them. */
	if (!is_enter && number == -1)
		number = call->compat ? NR_IA32_RT_SIGRETURN : NR_RT_SIGRETURN;
	look_up_call(call, number, call->compat ? regs->bx : 0);
}

FILLER void read_arguments(struct call *call, const struct pt_regs *regs)
{
	if (call->compat) {
		call->args[0] = (__u32)regs->bx;
		call->args[1] = (__u32)regs->cx;
		call->args[2] = (__u32)regs->dx;
		call->args[3] = (__u32)regs->si;
		call->args[4] = (__u32)regs->di;
		call->args[5] = (__u32)regs->bp;
		arrange_arguments(call);
	} else {
		call->args[0] = regs->di;
		call->args[1] = regs->si;
		call->args[2] = regs->dx;
		call->args[3] = regs->r10;
		call->args[4] = regs->r8;
		call->args[5] = regs->r9;
	}
}

/* What is to become of the start or the end of a call: an enum call_verdict, or more than that. */
FILLER __u16 verdict_on(__u16 id, int is_enter)
{
	__u32 index = id % SYSCALL_ID_MAX;

	return is_enter ? config()->enters[index] : config()->exits[index];
}

FILLER int is_recorded(__u32 tid, __u32 tgid)
{
	if (tgid == config()->excluded_pid)
		return 0;
	return !config()->follow || is_followed(tid);
}

FILLER int is_recorded_thread(void)
{
	return is_recorded(current_tid(), current_tgid());
}

/* The family that fills the event of a call, and the event itself; FAMILY_NONE where no event is due. */
FILLER __u32 choose_event(const struct call *call, int is_enter, __u16 *event)
{
	__u16 wanted = is_enter ? call->exit_event - 1 : call->exit_event;
	__u32 family = TABLES->event_families[wanted % EVENT_SLOTS];

	*event = wanted;
	if (family != FAMILY_NONE)
		return family;
	/* An exit event is always due; an enter event that nobody fills is left out, as its exit event tells all. */
	if (is_enter)
		return wanted == PPME_GENERIC_E ? FAMILY_FIXED : FAMILY_NONE;
	*event = PPME_GENERIC_X;
	return FAMILY_FIXED;
}

#endif
