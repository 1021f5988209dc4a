// SPDX-License-Identifier: GPL-2.0
/* Loading and unloading. */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/tracepoint.h>

#include <asm/processor.h>

#include "consumer.h"
#include "hooks.h"

extern unsigned long kernel_memory_start;

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tracer",
	.fops = &device_operations,
	.mode = 0600,
};

static int __init tracer_init(void)
{
	int error;

	kernel_memory_start = ~0ul << (boot_cpu_data.x86_virt_bits - 1);
	error = hooks_find();
	if (!error)
		error = misc_register(&device);
	return error;
}

/* Nobody has the device open, so nothing is attached. */
static void __exit tracer_exit(void)
{
	misc_deregister(&device);
}

module_init(tracer_init);
module_exit(tracer_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("System-call tracer");
