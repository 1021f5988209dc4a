/* SPDX-License-Identifier: GPL-2.0 */
/* What differs from kernel to kernel by more than a field's place, once for each way to compile: the CO-RE probe asks
 * the running kernel when it is loaded; with kernel headers (KERNEL_HEADERS) the compiler knows. */
#ifndef TRACER_KERNEL_SHAPES_H
#define TRACER_KERNEL_SHAPES_H

#define SECOND_NS 1000000000ull
#define NANOSECONDS_MASK 0x7fffffff /* the kernel keeps a mark of its own in the bit above */

/* Pages by kind, in the kernel's order: of files, anonymous, swapped out, shared. KIND is a literal. Until 6.2 each
 * count was an atomic_long_t, since then it is a struct percpu_counter. */
#ifdef KERNEL_HEADERS
#define RSS_COUNT_SIZE (TYPE_SIZE(((struct mm_struct *)0)->rss_stat) / NR_MM_COUNTERS)
#define RSS_COUNT_OFFSET (RSS_COUNT_SIZE == sizeof(__s64) ? 0 : offsetof(struct percpu_counter, count))
#define RSS_PAGES(MM, KIND)                                                                                            \
	((__s64)read_kernel_u64((const char *)ADDRESS_OF(MM, rss_stat) + (KIND)*RSS_COUNT_SIZE + RSS_COUNT_OFFSET))
#else
#define RSS_PAGES(MM, KIND)                                                                                            \
	(HAS_TYPE(struct mm_rss_stat) ? READ(MM, rss_stat.count[KIND].counter)                                         \
				      : READ((struct mm_struct___6_2 *)(MM), rss_stat[KIND].count))
#endif

/* Number of a cgroup controller; negative where the kernel has none of that name. */
#ifdef KERNEL_HEADERS
#ifdef CONFIG_CPUSETS
#define CONTROLLER_cpuset ((int)cpuset_cgrp_id)
#else
#define CONTROLLER_cpuset (-1)
#endif
#ifdef CONFIG_CGROUP_SCHED
#define CONTROLLER_cpu ((int)cpu_cgrp_id)
#else
#define CONTROLLER_cpu (-1)
#endif
#ifdef CONFIG_CGROUP_CPUACCT
#define CONTROLLER_cpuacct ((int)cpuacct_cgrp_id)
#else
#define CONTROLLER_cpuacct (-1)
#endif
#ifdef CONFIG_BLK_CGROUP
#define CONTROLLER_io ((int)io_cgrp_id)
#else
#define CONTROLLER_io (-1)
#endif
#ifdef CONFIG_MEMCG
#define CONTROLLER_memory ((int)memory_cgrp_id)
#else
#define CONTROLLER_memory (-1)
#endif
#define CONTROLLER(NAME) CONTROLLER_##NAME
#else
#define CONTROLLER(NAME)                                                                                               \
	(HAS_ENUM(enum cgroup_subsys_id, NAME##_cgrp_id) ? (int)ENUM_VALUE(enum cgroup_subsys_id, NAME##_cgrp_id) : -1)
#endif

/* Until 6.15 the field was called parent. */
FILLER struct kernfs_node *kernfs_parent(struct kernfs_node *node)
{
#ifdef KERNEL_HEADERS
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	return READ(node, parent);
#else
	return READ(node, __parent);
#endif
#else
	if (HAS_FIELD(struct kernfs_node___old, parent))
		return READ((struct kernfs_node___old *)node, parent);
	return READ((struct kernfs_node___6_15 *)node, __parent);
#endif
}

/* Times of an inode have moved twice, that of modification one version after that of change. */
FILLER __u64 change_time_of(struct inode *inode)
{
#ifdef KERNEL_HEADERS
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	return READ(inode, i_ctime.tv_sec) * SECOND_NS + READ(inode, i_ctime.tv_nsec);
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	return READ(inode, __i_ctime.tv_sec) * SECOND_NS + READ(inode, __i_ctime.tv_nsec);
#else
	return READ(inode, i_ctime_sec) * SECOND_NS + (READ(inode, i_ctime_nsec) & NANOSECONDS_MASK);
#endif
#else
	if (HAS_FIELD(struct inode, i_ctime))
		return READ(inode, i_ctime.tv_sec) * SECOND_NS + READ(inode, i_ctime.tv_nsec);
	if (HAS_FIELD(struct inode___6_6, __i_ctime))
		return READ((struct inode___6_6 *)inode, __i_ctime.tv_sec) * SECOND_NS +
		       READ((struct inode___6_6 *)inode, __i_ctime.tv_nsec);
	return READ((struct inode___6_11 *)inode, i_ctime_sec) * SECOND_NS +
	       (READ((struct inode___6_11 *)inode, i_ctime_nsec) & NANOSECONDS_MASK);
#endif
}

FILLER __u64 modification_time_of(struct inode *inode)
{
#ifdef KERNEL_HEADERS
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	return READ(inode, i_mtime.tv_sec) * SECOND_NS + READ(inode, i_mtime.tv_nsec);
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	return READ(inode, __i_mtime.tv_sec) * SECOND_NS + READ(inode, __i_mtime.tv_nsec);
#else
	return READ(inode, i_mtime_sec) * SECOND_NS + (READ(inode, i_mtime_nsec) & NANOSECONDS_MASK);
#endif
#else
	if (HAS_FIELD(struct inode, i_mtime))
		return READ(inode, i_mtime.tv_sec) * SECOND_NS + READ(inode, i_mtime.tv_nsec);
	if (HAS_FIELD(struct inode___6_6, __i_mtime))
		return READ((struct inode___6_6 *)inode, __i_mtime.tv_sec) * SECOND_NS +
		       READ((struct inode___6_6 *)inode, __i_mtime.tv_nsec);
	return READ((struct inode___6_11 *)inode, i_mtime_sec) * SECOND_NS +
	       (READ((struct inode___6_11 *)inode, i_mtime_nsec) & NANOSECONDS_MASK);
#endif
}

FILLER __u32 login_uid_of(struct task_struct *task)
{
#if defined(KERNEL_HEADERS) && !defined(CONFIG_AUDIT)
	return ~0u;
#else
	return HAS_FIELD(struct task_struct, loginuid) ? READ(task, loginuid.val) : ~0u;
#endif
}

FILLER __u16 transport_of(struct sock *sock)
{
#if defined(KERNEL_HEADERS) && LINUX_VERSION_CODE < KERNEL_VERSION(5, 6, 0)
	return sock->sk_protocol; /* a bit field */
#else
	return READ(sock, sk_protocol);
#endif
}

/* The version 6 side of a socket; null where it has none. */
FILLER struct ipv6_pinfo *ipv6_info_of(struct sock *sock)
{
#ifndef KERNEL_HEADERS
	return READ((struct inet_sock___6 *)sock, pinet6);
#elif defined(CONFIG_IPV6) || defined(CONFIG_IPV6_MODULE)
	return READ((struct inet_sock *)sock, pinet6);
#else
	return 0;
#endif
}

#endif
