/* SPDX-License-Identifier: GPL-2.0 */
/* Records of execution points that are no system calls. */
#ifndef TRACER_TRACEPOINTS_H
#define TRACER_TRACEPOINTS_H

/* The place in a CPU's stream where records were dropped: it stands before the first one that fits again. */
FILLER void fill_drop(struct record_drop_e *record, __u64 lost)
{
	SET(record->lengths[0], 4);
	SET(record->ratio, lost < 0xffffffff ? lost : 0xffffffff);
}

#define KERNEL_PF_EXITING 4
#define THREADS_LOOKED_AT 64
#define ANCESTORS_LOOKED_AT 16

/* Who takes over the children of a thread that ends: a living thread of its process, else the nearest ancestor that
 * asked for orphans, else the first process of its namespace. 0 where there are no children. */
SHARED_FILLER(reaper_of, __u64, address)
{
	struct task_struct *task = (struct task_struct *)address, *other;
	const struct list_head *children = ADDRESS_OF(task, children), *node = ADDRESS_OF(task, thread_node);
	struct signal_struct *signal = READ(task, signal);
	struct pid *pid = READ(task, thread_pid);
	struct pid_namespace *namespace = pid_namespace_of(pid);
	int i;

	if (READ(task, children.next) == children)
		return 0;
	for (i = 0; i < THREADS_LOOKED_AT; i++) {
		OPAQUE(i);
		node = READ(node, next);
		if (node == ADDRESS_OF(signal, thread_head))
			continue;
		other = CONTAINER_OF(node, struct task_struct, thread_node);
		if (other == task)
			break;
		if (!(READ(other, flags) & KERNEL_PF_EXITING))
			return READ(other, pid);
	}
	other = task;
	for (i = 0; i < ANCESTORS_LOOKED_AT; i++) {
		OPAQUE(i);
		other = READ(other, real_parent);
		if (!other || READ(other, pid) == 0)
			break;
		signal = READ(other, signal);
		if (READ_BITFIELD(signal, is_child_subreaper))
			return READ(other, pid);
	}
	return READ(namespace, child_reaper, pid);
}

FILLER void fill_process_exit(struct record_procexit_1_e *record, struct task_struct *task)
{
	__s64 code = READ(task, exit_code);

	SET(record->lengths[0], 8);
	SET(record->lengths[1], 8);
	SET(record->lengths[2], 1);
	SET(record->lengths[3], 1);
	SET(record->lengths[4], 8);
	SET(record->status, code);
	SET(record->ret, code >> 8 & 0xff);
	SET(record->sig, code & 0x7f);
	SET(record->core, !!(code & 0x80));
	SET(record->reaper_tid, reaper_of((__u64)current_task()));
}

#define KERNEL_SIGCHLD 17
#define KERNEL_SIGRTMIN 32
#define SIGINFO_PID_OFFSET 16

/* Who sent a signal is known for those that carry a process id. */
FILLER void fill_signal_deliver(struct record_signaldeliver_e *record, __u64 signal, const struct kernel_siginfo *info)
{
	__s32 code = 0, pid = 0;

	if (info) {
		code = READ(info, si_code);
		if (code <= 0 || signal == KERNEL_SIGCHLD)
			read_kernel(&pid, sizeof(pid), (const char *)info + SIGINFO_PID_OFFSET);
	}
	SET(record->lengths[0], 8);
	SET(record->lengths[1], 8);
	SET(record->lengths[2], 1);
	SET(record->spid, pid);
	SET(record->dpid, record->header.tid);
	SET(record->sig, signal);
}

FILLER void fill_sched_switch(struct record_schedswitch_6_e *record, struct task_struct *task, struct task_struct *next)
{
	struct mm_struct *mm = READ(task, mm);

	SET(record->lengths[0], 8);
	SET(record->lengths[1], 8);
	SET(record->lengths[2], 8);
	SET(record->lengths[3], 4);
	SET(record->lengths[4], 4);
	SET(record->lengths[5], 4);
	SET(record->next, READ(next, pid));
	SET(record->pgft_maj, READ(task, maj_flt));
	SET(record->pgft_min, READ(task, min_flt));
	SET(record->vm_size, mm_size_kb(mm));
	SET(record->vm_rss, mm_rss_kb(mm));
	SET(record->vm_swap, mm_swap_kb(mm));
}

/* x86 error code bits: protection 1, write 2, user 4, reserved 8, instruction 16. */
FILLER __u32 page_fault_flags(__u64 error)
{
	return (error & 1 ? PF_FLAGS_PROTECTION_VIOLATION : PF_FLAGS_PAGE_NOT_PRESENT) |
	       (error & 2 ? PF_FLAGS_WRITE_ACCESS : PF_FLAGS_READ_ACCESS) |
	       (error & 4 ? PF_FLAGS_USER_FAULT : PF_FLAGS_SUPERVISOR_FAULT) | MOVE(error, 8, PF_FLAGS_RESERVED_PAGE) |
	       MOVE(error, 16, PF_FLAGS_INSTRUCTION_FETCH);
}

FILLER void fill_page_fault(struct record_page_fault_e *record, __u64 address, __u64 ip, __u64 error)
{
	SET(record->lengths[0], 8);
	SET(record->lengths[1], 8);
	SET(record->lengths[2], 4);
	SET(record->addr, address);
	SET(record->ip, ip);
	SET(record->error, page_fault_flags(error));
}

#endif
