// SPDX-License-Identifier: GPL-2.0
/* Attaching to tracepoints. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "hooks.h"

static DEFINE_MUTEX(hooks_lock);

static void match(struct tracepoint *tracepoint, void *unused)
{
	int i;

	for (i = 0; i < TRACEPOINTS; i++)
		if (!strcmp(tracepoint->name, hooks[i].name))
			hooks[i].tracepoint = tracepoint;
}

int hooks_find(void)
{
	int i;

	for_each_kernel_tracepoint(match, NULL);
	for (i = 0; i < TRACEPOINTS; i++) {
		if (!hooks[i].tracepoint) {
			pr_err("this kernel has no tracepoint %s\n", hooks[i].name);
			return -ENOENT;
		}
	}
	return 0;
}

static int acquire(struct hook *hook)
{
	int error = hook->users ? 0 : tracepoint_probe_register(hook->tracepoint, hook->probe, NULL);

	if (!error)
		hook->users++;
	return error;
}

static void release(struct hook *hook)
{
	if (!--hook->users)
		tracepoint_probe_unregister(hook->tracepoint, hook->probe, NULL);
}

int hooks_change(u32 added, u32 removed)
{
	int i, error = 0;

	mutex_lock(&hooks_lock);
	for (i = 0; i < TRACEPOINTS; i++) {
		if (!(added & BIT(i)))
			continue;
		error = acquire(&hooks[i]);
		if (error)
			break;
	}
	if (error) {
		while (i--)
			if (added & BIT(i))
				release(&hooks[i]);
	} else {
		for (i = TRACEPOINTS - 1; i >= 0; i--)
			if (removed & BIT(i))
				release(&hooks[i]);
	}
	mutex_unlock(&hooks_lock);
	return error;
}
