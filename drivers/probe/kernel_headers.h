/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's structures as its own headers have them, for drivers that are compiled on the spot: the module, and the
 * probe where there is no BTF. Where CO-RE asks a kernel, these know. The driver's platform.h includes this first, then
 * defines FILLER, read_kernel(TO, SIZE, FROM) and READ_FIELD(POINTER, FIELD), which reads one field of a structure. */
#ifndef TRACER_KERNEL_HEADERS_H
#define TRACER_KERNEL_HEADERS_H

#define KERNEL_HEADERS

#include <linux/version.h>
#include <linux/types.h>
#include <linux/cgroup-defs.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/ipv6.h>
#include <linux/kernfs.h>
#include <linux/mm_types.h>
#include <linux/mount.h>
#include <linux/net.h>
#include <linux/nsproxy.h>
#include <linux/path.h>
#include <linux/percpu_counter.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/ptrace.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal_types.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/un.h>
#include <net/af_unix.h>
#include <net/inet_sock.h>
#include <net/sock.h>

/* Names that the kernel uses for something else. */
#undef READ
#undef SEMCTL

/* The beginning of fs/mount.h's structure, which the kernel keeps to itself: it has been so since 3.13. */
struct mount {
	struct hlist_node mnt_hash;
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

/* READ(task, mm, total_vm): along a chain of pointers; zero where the chain breaks. */
#define READ_1(P, A) READ_FIELD(P, A)
#define READ_2(P, A, ...)                                                                                              \
	({                                                                                                             \
		__auto_type read_2 = READ_FIELD(P, A);                                                                 \
		READ_1(read_2, __VA_ARGS__);                                                                           \
	})
#define READ_3(P, A, ...)                                                                                              \
	({                                                                                                             \
		__auto_type read_3 = READ_FIELD(P, A);                                                                 \
		READ_2(read_3, __VA_ARGS__);                                                                           \
	})
#define READ_4(P, A, ...)                                                                                              \
	({                                                                                                             \
		__auto_type read_4 = READ_FIELD(P, A);                                                                 \
		READ_3(read_4, __VA_ARGS__);                                                                           \
	})
#define READ_5(P, A, ...)                                                                                              \
	({                                                                                                             \
		__auto_type read_5 = READ_FIELD(P, A);                                                                 \
		READ_4(read_5, __VA_ARGS__);                                                                           \
	})
#define READ_SELECT(_0, _1, _2, _3, _4, _5, NAME, ...) NAME
#define READ(...) READ_SELECT(__VA_ARGS__, READ_5, READ_4, READ_3, READ_2, READ_1, )(__VA_ARGS__)

/* A field that a kernel does not have does not compile: kernel_shapes.h has what may be missing. */
#define HAS_FIELD(...) 1
#define HAS_TYPE(TYPE) 1
#define TYPE_SIZE(TYPE) sizeof(TYPE)
#define FIELD_OFFSET(TYPE, FIELD) offsetof(TYPE, FIELD)
#define CONTAINER_OF(POINTER, TYPE, MEMBER) ((TYPE *)((char *)(POINTER)-offsetof(TYPE, MEMBER)))
#define ADDRESS_OF(POINTER, MEMBER) (&(POINTER)->MEMBER)

#endif
