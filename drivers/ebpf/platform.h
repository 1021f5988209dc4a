/* SPDX-License-Identifier: GPL-2.0 */
/* What fillers stand on, as eBPF has it. */
#ifndef TRACER_PLATFORM_H
#define TRACER_PLATFORM_H

#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "config.h"
#include "kernel_types.h"
#include "parameters.h"

#define FILLER static __always_inline
#define DECLARE_SHARED_FILLER(NAME, ...) __attribute__((noinline)) int NAME(PARAMETERS(__VA_ARGS__))
#define SHARED_FILLER(NAME, ...) __attribute__((noinline)) int NAME(PARAMETERS(__VA_ARGS__))

/* Keeps the compiler from remembering where a value came from: the verifier wants the checked register used. */
#define OPAQUE(VALUE) asm volatile("" : "+r"(VALUE))

/* READ(task, mm, total_vm): kernel memory, along a chain of pointers; zero where the chain breaks. Where the kernel
 * lets a program call any address a structure of a kind (DIRECT_READS), each step is an instruction instead of a call:
 * one that finds no memory gives zero too. What comes out is a number to the verifier, to be passed on as any other. */
#ifdef DIRECT_READS
extern void *bpf_rdonly_cast(const void *from, __u32 type) __ksym;
#define AS_NUMBER(VALUE)                                                                                               \
	do {                                                                                                           \
		if (sizeof(VALUE) == 8)                                                                                \
			asm volatile("%0 = -%0\n%0 = -%0" : "+r"(VALUE));                                              \
	} while (0)
#define KERNEL_TYPE(POINTER) bpf_core_type_id_kernel(typeof((0, *(POINTER))))
#define READ(FROM, ...)                                                                                                \
	({                                                                                                             \
		typeof(FROM) read_from = bpf_rdonly_cast(FROM, KERNEL_TYPE(FROM));                                     \
		typeof((0, ___arrow(read_from, __VA_ARGS__))) read_value = ___arrow(read_from, __VA_ARGS__);           \
		AS_NUMBER(read_value);                                                                                 \
		read_value;                                                                                            \
	})
#else
#define READ(...) BPF_CORE_READ(__VA_ARGS__)
#endif
#define READ_BITFIELD(POINTER, FIELD) BPF_CORE_READ_BITFIELD_PROBED(POINTER, FIELD)
#define HAS_FIELD(...) bpf_core_field_exists(__VA_ARGS__)
#define HAS_TYPE(TYPE) bpf_core_type_exists(TYPE)
#define TYPE_SIZE(TYPE) bpf_core_type_size(TYPE)
#define FIELD_OFFSET(TYPE, FIELD) bpf_core_field_offset(TYPE, FIELD)
#define HAS_ENUM(TYPE, VALUE) bpf_core_enum_value_exists(TYPE, VALUE)
#define ENUM_VALUE(TYPE, VALUE) bpf_core_enum_value(TYPE, VALUE)

/* The structure that MEMBER at POINTER is part of; the address of a member, which is not read. */
#define CONTAINER_OF(POINTER, TYPE, MEMBER) ((TYPE *)((char *)(POINTER)-bpf_core_field_offset(TYPE, MEMBER)))
#define ADDRESS_OF(POINTER, MEMBER) __builtin_preserve_access_index(&(POINTER)->MEMBER)

/* 0, or a negative errno. */
#define read_kernel(TO, SIZE, FROM) bpf_probe_read_kernel(TO, SIZE, FROM)
#define read_user(TO, SIZE, ADDRESS) bpf_probe_read_user(TO, SIZE, (const void *)(ADDRESS))
static __always_inline __u64 read_kernel_u64(const void *from)
{
#ifdef DIRECT_READS
	return READ((struct timespec64 *)from, tv_sec); /* a structure that begins with 64 bits */
#else
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), from);
	return value;
#endif
}

/* Bytes read with the NUL, or a negative errno. */
#define read_kernel_string(TO, SIZE, FROM) bpf_probe_read_kernel_str(TO, SIZE, FROM)
static __always_inline long read_user_string(void *to, __u32 size, __u64 address)
{
	long read = bpf_probe_read_user_str(to, size, (const void *)address);

	return read ? read : 1; /* older kernels do not count the NUL of an empty string */
}

static struct probe_config probe_config SEC(".data.config") = {};
#define config() (&probe_config)

#define PROGRAM(NAME, TRACEPOINT)                                                                                      \
	SEC("tp_btf/" TRACEPOINT)                                                                                      \
	int NAME(__u64 *ctx)
#define MAP(NAME) (&NAME)

/* A field of what a tracepoint hands over, which the verifier knows. */
#define GIVEN(POINTER, FIELD) ((POINTER)->FIELD)
#define registers_at(ADDRESS, SCRATCH) ((void)(SCRATCH), (const struct pt_regs *)(ADDRESS))

/* bpf_get_current_task, of which the compiler is told that it gives the same each time. */
static struct task_struct *(*current_task)(void)__attribute__((const)) = (void *)BPF_FUNC_get_current_task;

/* OWN(real_parent, tgid): of the current thread, along a chain of pointers. */
#define HAS_OWN_TASK bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)
#ifdef DIRECT_READS
#define OWN(...) READ(current_task(), __VA_ARGS__)
#else
#define OWN_1(A) bpf_get_current_task_btf()->A
#define OWN_2(A, B) bpf_get_current_task_btf()->A->B
#define OWN_3(A, B, C) bpf_get_current_task_btf()->A->B->C
#define OWN_SELECT(_1, _2, _3, NAME, ...) NAME
#define OWN(...)                                                                                                       \
	(HAS_OWN_TASK ? OWN_SELECT(__VA_ARGS__, OWN_3, OWN_2, OWN_1, )(__VA_ARGS__) : READ(current_task(), __VA_ARGS__))
#endif

static __always_inline void read_own_name(__u64 *words)
{
	if (HAS_OWN_TASK) {
		const __u64 *name = (const __u64 *)bpf_get_current_task_btf()->comm;

		words[0] = name[0];
		words[1] = name[1];
	} else {
		read_kernel(words, 16, ADDRESS_OF(current_task(), comm));
	}
}

/* The writer of this CPU: `current_writer()`, null where there is none. */
#define PER_CPU_WRITER                                                                                                 \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                                      \
		__uint(max_entries, 1); /* set before loading */                                                       \
		__type(key, __u32);                                                                                    \
		__type(value, struct writer);                                                                          \
	} writers SEC(".maps");                                                                                        \
                                                                                                                       \
	static __always_inline struct writer *current_writer(void)                                                     \
	{                                                                                                              \
		__u32 cpu = bpf_get_smp_processor_id();                                                                \
		return bpf_map_lookup_elem(&writers, &cpu);                                                            \
	}

/* Bits that tell a 32-bit call from a 64-bit one. */
#define thread_status() OWN(thread_info.status)

#ifdef DIRECT_READS
#define CALLER_STATUS(CALL)                                                                                            \
	({                                                                                                             \
		struct task_struct *caller = current_task();                                                           \
		(CALL)->tid = READ(caller, pid);                                                                       \
		(CALL)->tgid = READ(caller, tgid);                                                                     \
		READ(caller, thread_info.status);                                                                      \
	})
#define NOTE_CALLER(CALL) ((void)0)
#endif

/* The registers that the thread entered the kernel with. Before 5.15 no helper knows them: they are at the top of the
 * kernel's stack, which has four pages, or eight with KASAN. */
#define HAS_REGISTERS bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs)
#define KNOWN_REGISTERS ((const struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()))
#define ENTRY_REGISTER(NAME) (HAS_REGISTERS ? KNOWN_REGISTERS->NAME : READ(entry_registers(), NAME))

static __always_inline struct pt_regs *entry_registers(void)
{
	__u64 stack_size = 16384;

	if (HAS_FIELD(struct task_struct___kasan, kasan_depth))
		stack_size *= 2;
	return (struct pt_regs *)((char *)READ(current_task(), stack) + stack_size - sizeof(struct pt_regs));
}

static __always_inline const struct pt_regs *current_registers(struct pt_regs *scratch)
{
	if (HAS_REGISTERS)
		return KNOWN_REGISTERS;
	read_kernel(scratch, sizeof(*scratch), entry_registers());
	return scratch;
}

#endif
