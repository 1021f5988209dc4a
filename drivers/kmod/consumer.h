/* SPDX-License-Identifier: GPL-2.0 */
/* Who records: one consumer for each open file of /dev/tracer, with a lane for each CPU. */
#ifndef TRACER_CONSUMER_H
#define TRACER_CONSUMER_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/percpu-defs.h>
#include <linux/rculist.h>

#include "config.h"
#include "device.h"
#include "ring.h"

struct writer;

/* What a consumer has on one CPU. Rings and writers are there for CPUs that were online when the rings were made. */
struct lane {
	struct ring ring; /* without data: none */
	struct consumer *consumer;
	const struct probe_config *config;
	struct cpu_counters *counters;
	struct writer *writer;
	u64 drops[ORIGIN_MAX];
};

struct consumer {
	struct list_head node; /* of consumers */
	u32 tracepoints; /* attached; bits of enum tracepoint_bit */
	struct probe_config config; /* replaced while calls are recorded: these may see some of both */
	unsigned long *followed; /* bit for each thread id, null until needed */
	struct cpu_counters *counters; /* nr_cpu_ids of them, mapped by user space */
	struct file *file;
	struct mutex lock; /* one request at a time */
	bool has_rings;
	struct lane *lanes[]; /* by CPU; all possible ones are there */
};

/* Read under RCU by whoever records. */
extern struct list_head consumers;

/* Of record.c. */
extern const size_t writer_size;
extern const char probe_identity[TRACER_IDENTITY_SIZE];

extern const struct file_operations device_operations;

/* The lane that this CPU records in; null while it does not. */
DECLARE_PER_CPU(struct lane *, current_lane);

#endif
