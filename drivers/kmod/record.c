// SPDX-License-Identifier: GPL-2.0
/* What happens at a tracepoint: for each consumer that wants it, a record in its ring. */
#include <linux/binfmts.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/signal.h>

#include "platform.h"

#include "probe.h"
#include "select.h"
#include "filter.h"
#include "emit.h"

#include "hooks.h"

DEFINE_PER_CPU(struct lane *, current_lane);
LIST_HEAD(consumers);
DECLARE_BITMAP(outdated, PID_MAX_LIMIT);

const size_t writer_size = sizeof(struct writer);

/* What tells a module of tracer from others, and its version from other versions: before and after it is loaded. */
#define IDENTITY "tracer-probe " PROBE_FORMAT_TEXT " " SCHEMA_FINGERPRINT
const char probe_identity[TRACER_IDENTITY_SIZE] = IDENTITY;
MODULE_INFO(tracer, IDENTITY);
MODULE_VERSION(PROBE_FORMAT_TEXT "-" SCHEMA_FINGERPRINT);

/* Runs the statement behind it for each consumer attached to the tracepoint, in its lane. An interrupt may come in
 * between with a record of its own, so what was there before is put back. Tracepoints of system calls may be preempted
 * since 6.13. */
#define FOR_EACH_CONSUMER(BIT_NUMBER, STATEMENT)                                                                       \
	do {                                                                                                           \
		struct consumer *consumer;                                                                             \
		struct lane *outer;                                                                                    \
		preempt_disable_notrace();                                                                             \
		outer = this_cpu_read(current_lane);                                                                   \
		list_for_each_entry_rcu(consumer, &consumers, node, true)                                              \
		{                                                                                                      \
			if (!(READ_ONCE(consumer->tracepoints) & BIT(BIT_NUMBER)))                                     \
				continue;                                                                              \
			this_cpu_write(current_lane, consumer->lanes[raw_smp_processor_id()]);                         \
			STATEMENT;                                                                                     \
		}                                                                                                      \
		this_cpu_write(current_lane, outer);                                                                   \
		preempt_enable_notrace();                                                                              \
	} while (0)

/* Everything that needs a writer: out of the way of the events of fixed size. */
static noinline void record_variable(const struct call *call, u16 event, int is_enter)
{
	struct cpu_counters *cpu = counters_of(current_cpu());
	struct writer *writer;

	if (!ring_of(current_cpu())) {
		drop(cpu, DROP_NO_RING, call->id);
		return;
	}
	writer = start_writer(cpu, call->tid, call->id);
	if (!writer)
		return;
	if (is_enter) {
		switch (event) {
			WRITER_FILLERS_ENTER_GENERAL(WRITER_CASE)
			WRITER_FILLERS_ENTER_IO(WRITER_CASE)
			WRITER_FILLERS_ENTER_NETWORK(WRITER_CASE)
			WRITER_FILLERS_ENTER_PROCESS(WRITER_CASE)
		}
	} else {
		switch (event) {
			WRITER_FILLERS_EXIT_GENERAL(WRITER_CASE)
			WRITER_FILLERS_EXIT_IO(WRITER_CASE)
			WRITER_FILLERS_EXIT_NETWORK(WRITER_CASE)
			WRITER_FILLERS_EXIT_PROCESS(WRITER_CASE)
		}
	}
	finish_writer(writer, cpu, ring_of(current_cpu()), call->id);
}

static __always_inline void record_fixed(const struct call *call, u16 event, int is_enter)
{
	struct cpu_counters *cpu = counters_of(current_cpu());
	struct ring *ring = ring_of(current_cpu());
	enum drop_reason reason;

	if (unlikely(!ring)) {
		drop(cpu, DROP_NO_RING, call->id);
		return;
	}
	reason = likely(tell_losses(cpu, ring, call->tid)) ? emit_fixed(event, call, ring, is_enter) : DROP_RING_FULL;
	if (likely(reason == DROP_REASONS))
		COUNT(cpu->emitted);
	else
		drop(cpu, reason, call->id);
}

static __always_inline void record_call(const struct pt_regs *regs, long ret, int is_enter)
{
	bool has_arguments = false;
	struct call call;
	u32 family;
	u16 event;

	identify(&call, regs, is_enter);
	family = choose_event(&call, is_enter, &event);
	if (family == FAMILY_NONE)
		return;
	call.ret = ret;
	NOTE_CALLER(&call);
	FOR_EACH_CONSUMER(is_enter ? TRACEPOINT_SYS_ENTER : TRACEPOINT_SYS_EXIT, {
		u16 verdict = verdict_on(call.id, is_enter);

		if (verdict == VERDICT_SKIP || !passes_filter(verdict, ret) || !is_recorded_thread())
			continue;
		COUNT(counters_of(current_cpu())->seen);
		if (!has_arguments)
			read_arguments(&call, regs);
		has_arguments = true;
		if (family == FAMILY_FIXED)
			record_fixed(&call, event, is_enter);
		else
			record_variable(&call, event, is_enter);
	});
}

static void at_sys_enter(void *data, struct pt_regs *regs, long id)
{
	record_call(regs, 0, 1);
}

static void at_sys_exit(void *data, struct pt_regs *regs, long ret)
{
	record_call(regs, ret, 0);
}

/* What these two are called with has grown; a kernel with control-flow integrity wants it exact. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
static void at_process_exit(void *data, struct task_struct *task)
#else
static void at_process_exit(void *data, struct task_struct *task, bool group_dead)
#endif
{
	clear_bit(current->pid, outdated); /* whoever has the id next is another */
	FOR_EACH_CONSUMER(TRACEPOINT_PROCESS_EXIT, {
		if (!is_recorded_thread())
			continue;
		emit_process_exit(task);
		if (consumer->followed)
			clear_bit(current_tid(), consumer->followed);
	});
}

static void at_signal_deliver(void *data, int signal, struct kernel_siginfo *info, struct k_sigaction *action)
{
	FOR_EACH_CONSUMER(TRACEPOINT_SIGNAL_DELIVER, {
		if (is_recorded_thread())
			emit_signal_deliver(signal, info);
	});
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 18, 0)
static void at_sched_switch(void *data, bool preempt, struct task_struct *task, struct task_struct *next)
#else
static void at_sched_switch(void *data, bool preempt, struct task_struct *task, struct task_struct *next,
			    unsigned int state)
#endif
{
	FOR_EACH_CONSUMER(TRACEPOINT_SCHED_SWITCH, {
		if (is_recorded_thread())
			emit_sched_switch(task, next);
	});
}

static void at_page_fault_user(void *data, unsigned long address, struct pt_regs *regs, unsigned long error)
{
	FOR_EACH_CONSUMER(TRACEPOINT_PAGE_FAULT_USER, {
		if (is_recorded_thread())
			emit_page_fault(address, regs->ip, error);
	});
}

static void at_page_fault_kernel(void *data, unsigned long address, struct pt_regs *regs, unsigned long error)
{
	FOR_EACH_CONSUMER(TRACEPOINT_PAGE_FAULT_KERNEL, {
		if (is_recorded_thread())
			emit_page_fault(address, regs->ip, error);
	});
}

/* Keeps track of names that no record tells of. */
static void at_rename(void *data, struct task_struct *task, const char *name)
{
	if (task != current || !tells_name(task_pt_regs(current)))
		set_bit(task->pid, outdated);
	else
		clear_bit(task->pid, outdated);
}

/* The followed set holds threads, since they alone can tell when they are gone. */
static void at_fork(void *data, struct task_struct *parent, struct task_struct *child)
{
	FOR_EACH_CONSUMER(TRACEPOINT_FORK, {
		if (followed_by(consumer, parent->pid))
			set_bit(child->pid, consumer->followed);
	});
}

/* The thread that executes a program takes its process's id, whose owner has just gone. */
static void at_exec(void *data, struct task_struct *task, pid_t before, struct linux_binprm *program)
{
	FOR_EACH_CONSUMER(TRACEPOINT_EXEC, {
		if (task->pid != before && followed_by(consumer, before)) {
			set_bit(task->pid, consumer->followed);
			clear_bit(before, consumer->followed);
		}
	});
}

struct hook hooks[TRACEPOINTS] = {
	[TRACEPOINT_RENAME] = {"task_rename", at_rename},
	[TRACEPOINT_FORK] = {"sched_process_fork", at_fork},
	[TRACEPOINT_EXEC] = {"sched_process_exec", at_exec},
	[TRACEPOINT_PROCESS_EXIT] = {"sched_process_exit", at_process_exit},
	[TRACEPOINT_SCHED_SWITCH] = {"sched_switch", at_sched_switch},
	[TRACEPOINT_SIGNAL_DELIVER] = {"signal_deliver", at_signal_deliver},
	[TRACEPOINT_PAGE_FAULT_USER] = {"page_fault_user", at_page_fault_user},
	[TRACEPOINT_PAGE_FAULT_KERNEL] = {"page_fault_kernel", at_page_fault_kernel},
	[TRACEPOINT_SYS_EXIT] = {"sys_exit", at_sys_exit},
	[TRACEPOINT_SYS_ENTER] = {"sys_enter", at_sys_enter},
};
