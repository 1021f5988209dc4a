// SPDX-License-Identifier: GPL-2.0
/* /dev/tracer: opening, configuring, mapping and closing. */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/cpu.h>
#include <linux/file.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/threads.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "consumer.h"
#include "hooks.h"

static DEFINE_MUTEX(consumers_lock);

static void consumer_free(struct consumer *consumer)
{
	int cpu;

	for_each_possible_cpu(cpu)
	{
		struct lane *lane = consumer->lanes[cpu];

		if (!lane)
			continue;
		ring_destroy(&lane->ring);
		vfree(lane->writer);
		kvfree(lane);
	}
	vfree(consumer->followed);
	vfree(consumer->counters);
	kfree(consumer);
}

static struct consumer *consumer_create(void)
{
	struct consumer *consumer;
	int cpu;

	consumer = kzalloc(struct_size(consumer, lanes, nr_cpu_ids), GFP_KERNEL_ACCOUNT);
	if (!consumer)
		return NULL;
	mutex_init(&consumer->lock);
	consumer->counters = vmalloc_user(PAGE_ALIGN(nr_cpu_ids * sizeof(struct cpu_counters)));
	if (!consumer->counters)
		goto failed;
	for_each_possible_cpu(cpu)
	{
		struct lane *lane = kvzalloc_node(sizeof(*lane), GFP_KERNEL_ACCOUNT, cpu_to_node(cpu));

		if (!lane)
			goto failed;
		lane->consumer = consumer;
		lane->config = &consumer->config;
		lane->counters = &consumer->counters[cpu];
		consumer->lanes[cpu] = lane;
	}
	return consumer;

failed:
	consumer_free(consumer);
	return NULL;
}

static int device_open(struct inode *inode, struct file *file)
{
	struct consumer *consumer;

	if (!perfmon_capable())
		return -EPERM;
	consumer = consumer_create();
	if (!consumer)
		return -ENOMEM;
	consumer->file = file;
	file->private_data = consumer;
	mutex_lock(&consumers_lock);
	list_add_tail_rcu(&consumer->node, &consumers);
	mutex_unlock(&consumers_lock);
	return 0;
}

/* After the last descriptor and mapping of the consumer and of its rings is gone. */
static int device_release(struct inode *inode, struct file *file)
{
	struct consumer *consumer = file->private_data;

	mutex_lock(&consumers_lock);
	list_del_rcu(&consumer->node);
	mutex_unlock(&consumers_lock);
	hooks_change(0, consumer->tracepoints);
	tracepoint_synchronize_unregister();
	consumer_free(consumer);
	return 0;
}

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct consumer *consumer = file->private_data;

	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	keep_read_only(vma);
	return remap_vmalloc_range(vma, consumer->counters, vma->vm_pgoff);
}

/* Rings and writers, before anything is recorded. */
static int create_rings(struct consumer *consumer, const u64 __user *argument)
{
	int cpu, error = 0;
	u64 bytes;

	if (get_user(bytes, argument))
		return -EFAULT;
	if (bytes < PAGE_SIZE || bytes > RING_BYTES_MAX || !is_power_of_2(bytes))
		return -EINVAL;
	if (consumer->has_rings || consumer->tracepoints)
		return -EBUSY;
	cpus_read_lock();
	for_each_online_cpu(cpu)
	{
		struct lane *lane = consumer->lanes[cpu];

		lane->writer = vzalloc_node(writer_size, cpu_to_node(cpu));
		error = lane->writer ? ring_create(&lane->ring, bytes, cpu_to_node(cpu)) : -ENOMEM;
		if (error)
			break;
	}
	cpus_read_unlock();
	if (error) {
		for_each_possible_cpu(cpu)
		{
			ring_destroy(&consumer->lanes[cpu]->ring);
			vfree(consumer->lanes[cpu]->writer);
			consumer->lanes[cpu]->writer = NULL;
		}
		return error;
	}
	consumer->has_rings = true;
	return 0;
}

static int ring_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct lane *lane = file->private_data;

	return ring_map(&lane->ring, vma);
}

static int ring_file_release(struct inode *inode, struct file *file)
{
	struct lane *lane = file->private_data;

	fput(lane->consumer->file);
	return 0;
}

static const struct file_operations ring_operations = {
	.owner = THIS_MODULE,
	.mmap = ring_file_mmap,
	.release = ring_file_release,
};

static int open_ring(struct consumer *consumer, const u32 __user *argument)
{
	struct lane *lane;
	u32 cpu;
	int fd;

	if (get_user(cpu, argument))
		return -EFAULT;
	if (cpu >= nr_cpu_ids || !cpu_possible(cpu))
		return -ENODEV;
	lane = consumer->lanes[cpu];
	if (!lane->ring.data)
		return -ENODEV;
	get_file(consumer->file);
	fd = anon_inode_getfd("[tracer-ring]", &ring_operations, lane, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fput(consumer->file);
	return fd;
}

static int prepare_followed(struct consumer *consumer)
{
	unsigned long *followed;

	if (consumer->followed)
		return 0;
	followed = vzalloc(BITS_TO_LONGS(PID_MAX_LIMIT) * sizeof(long));
	if (!followed)
		return -ENOMEM;
	smp_store_release(&consumer->followed, followed);
	return 0;
}

static int configure(struct consumer *consumer, const struct probe_config __user *argument)
{
	struct probe_config *config = vmemdup_user(argument, sizeof(*config));
	int error = 0;

	if (IS_ERR(config))
		return PTR_ERR(config);
	if (config->snaplen > SNAPLEN_MAX)
		error = -EINVAL;
	else if (config->follow)
		error = prepare_followed(consumer);
	if (!error)
		consumer->config = *config;
	kvfree(config);
	return error;
}

static int attach(struct consumer *consumer, const u32 __user *argument)
{
	u32 wanted, before = consumer->tracepoints;
	int error;

	if (get_user(wanted, argument))
		return -EFAULT;
	if (wanted >= BIT(TRACEPOINTS))
		return -EINVAL;
	if (!consumer->has_rings)
		return -ENXIO;
	error = hooks_change(wanted & ~before, 0);
	if (error)
		return error;
	WRITE_ONCE(consumer->tracepoints, wanted);
	hooks_change(0, before & ~wanted);
	if (before & ~wanted)
		tracepoint_synchronize_unregister();
	return 0;
}

static int follow(struct consumer *consumer, const u32 __user *argument)
{
	int error;
	u32 tid;

	if (get_user(tid, argument))
		return -EFAULT;
	if (tid >= PID_MAX_LIMIT)
		return -EINVAL;
	error = prepare_followed(consumer);
	if (!error)
		set_bit(tid, consumer->followed);
	return error;
}

static int copy_drops(struct consumer *consumer, u64 __user *argument)
{
	u32 origin;
	int cpu;

	for (origin = 0; origin < ORIGIN_MAX; origin++) {
		u64 sum = 0;

		for_each_possible_cpu(cpu) sum += READ_ONCE(consumer->lanes[cpu]->drops[origin]);
		if (put_user(sum, &argument[origin]))
			return -EFAULT;
	}
	return 0;
}

static int copy_identity(char __user *argument)
{
	return copy_to_user(argument, probe_identity, TRACER_IDENTITY_SIZE) ? -EFAULT : 0;
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct consumer *consumer = file->private_data;
	void __user *at = (void __user *)argument;
	long result;

	if (mutex_lock_interruptible(&consumer->lock))
		return -EINTR;
	switch (command) {
	case TRACER_IDENTITY:
		result = copy_identity(at);
		break;
	case TRACER_CREATE_RINGS:
		result = create_rings(consumer, at);
		break;
	case TRACER_RING:
		result = open_ring(consumer, at);
		break;
	case TRACER_CONFIGURE:
		result = configure(consumer, at);
		break;
	case TRACER_ATTACH:
		result = attach(consumer, at);
		break;
	case TRACER_FOLLOW:
		result = follow(consumer, at);
		break;
	case TRACER_DROPS:
		result = copy_drops(consumer, at);
		break;
	default:
		result = -ENOTTY;
	}
	mutex_unlock(&consumer->lock);
	return result;
}

const struct file_operations device_operations = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.mmap = device_mmap,
	.unlocked_ioctl = device_ioctl,
};
