/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's tracepoints, attached while a consumer needs them. */
#ifndef TRACER_HOOKS_H
#define TRACER_HOOKS_H

#include <linux/types.h>

#include "device.h"

struct tracepoint;

struct hook {
	const char *name;
	void *probe;
	struct tracepoint *tracepoint;
	unsigned int users;
};

/* By enum tracepoint_bit. */
extern struct hook hooks[TRACEPOINTS];

/* -ENOENT if the kernel lacks one of them. */
int hooks_find(void);
/* Attaches those in `added` and lets go of those in `removed`, which nobody may need any more but who gives them up. */
int hooks_change(u32 added, u32 removed);

#endif
