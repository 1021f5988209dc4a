/* SPDX-License-Identifier: GPL-2.0 */
/* What fillers stand on, as eBPF has it where bcc compiles them with the kernel's headers. There is no global data, and
 * bcc knows no functions but programs. Maps and shared fillers are numbers that the loader replaces: MAP_NAME,
 * FUNCTION_NAME. */
#ifndef TRACER_PLATFORM_H
#define TRACER_PLATFORM_H

/* bcc has an older interface of eBPF in it than the headers of a newer kernel expect. These are not used here. */
struct bpf_stand_in {
	__u64 words[4];
};
#define bpf_rb_root bpf_stand_in
#define bpf_rb_node bpf_stand_in
#define bpf_refcount bpf_stand_in
#define bpf_wq bpf_stand_in
#define bpf_res_spin_lock bpf_stand_in
#define bpf_task_work bpf_stand_in

#include "kernel_headers.h"

#include <linux/sched/task_stack.h>

#include "config.h"
#include "parameters.h"

#define FILLER static __always_inline
#define OPAQUE(VALUE) asm volatile("" : "+r"(VALUE))

#define MAP(NAME) ((void *)bpf_pseudo_fd(BPF_PSEUDO_MAP_FD, MAP_##NAME))
/* The address of the only element of a map. */
#define MAP_CONTENTS(NAME) ((void *)bpf_pseudo_fd(BPF_PSEUDO_MAP_VALUE, MAP_##NAME))
#define config() ((struct probe_config *)MAP_CONTENTS(config))
#define TABLES ((const struct probe_tables *)MAP_CONTENTS(tables))

static long (*bpf_tail_call)(void *ctx, void *map, __u32 index) = (void *)BPF_FUNC_tail_call;

/* A shared filler is a program too. Its arguments are passed in memory, as a program has only its context. */
#define ARGUMENT_SLOTS 4096 /* by CPU; a power of two */
struct shared_arguments {
	__u64 slots[ARGUMENT_SLOTS][8]; /* a cache line each */
};
#define DECLARE_SHARED_FILLER(NAME, ...) static int NAME(PARAMETERS(__VA_ARGS__))
#define SHARED_FILLER(NAME, ...)                                                                                       \
	static int body_of_##NAME(PARAMETERS(__VA_ARGS__));                                                            \
	static __always_inline int NAME(PARAMETERS(__VA_ARGS__))                                                       \
	{                                                                                                              \
		__u64 *passed = shared_arguments();                                                                    \
		FOR_PARAMETERS(STORE, __VA_ARGS__)(__VA_ARGS__);                                                       \
		return ((int (*)(void))FUNCTION_##NAME)();                                                             \
	}                                                                                                              \
	static __always_inline int run_##NAME(void)                                                                    \
	{                                                                                                              \
		__u64 *passed = shared_arguments();                                                                    \
		return body_of_##NAME(FOR_PARAMETERS(LOADED, __VA_ARGS__)(__VA_ARGS__));                               \
	}                                                                                                              \
	static __always_inline int body_of_##NAME(PARAMETERS(__VA_ARGS__))

/* The last parameter stands at the first place, and so on. */
#define STORE_1(T1, N1) passed[0] = N1
#define STORE_2(T1, N1, ...) passed[1] = N1, STORE_1(__VA_ARGS__)
#define STORE_3(T1, N1, ...) passed[2] = N1, STORE_2(__VA_ARGS__)
#define STORE_4(T1, N1, ...) passed[3] = N1, STORE_3(__VA_ARGS__)
#define STORE_5(T1, N1, ...) passed[4] = N1, STORE_4(__VA_ARGS__)
#define LOADED_1(T1, N1) (T1) passed[0]
#define LOADED_2(T1, N1, ...) (T1) passed[1], LOADED_1(__VA_ARGS__)
#define LOADED_3(T1, N1, ...) (T1) passed[2], LOADED_2(__VA_ARGS__)
#define LOADED_4(T1, N1, ...) (T1) passed[3], LOADED_3(__VA_ARGS__)
#define LOADED_5(T1, N1, ...) (T1) passed[4], LOADED_4(__VA_ARGS__)

static __always_inline __u64 *shared_arguments(void)
{
	struct shared_arguments *all = MAP_CONTENTS(arguments);

	return all->slots[bpf_get_smp_processor_id() % ARGUMENT_SLOTS];
}

/* 0, or a negative errno; what cannot be read is zero. */
#define read_kernel(TO, SIZE, FROM) bpf_probe_read_kernel(TO, SIZE, FROM)
#define read_user(TO, SIZE, ADDRESS) bpf_probe_read_user(TO, SIZE, (const void *)(ADDRESS))
static __always_inline __u64 read_kernel_u64(const void *from)
{
	__u64 value = 0;

	read_kernel(&value, sizeof(value), from);
	return value;
}

#define READ_FIELD(POINTER, FIELD)                                                                                     \
	({                                                                                                             \
		typeof((POINTER)->FIELD) read_value;                                                                   \
		read_kernel((void *)&read_value, sizeof(read_value), &(POINTER)->FIELD);                               \
		read_value;                                                                                            \
	})

/* A bit field has no address, so what follows the field before it is read. */
#define READ_BITFIELD(POINTER, FIELD) read_##FIELD(POINTER)
#define BYTES_WITH_BITFIELD 32
static __always_inline int read_is_child_subreaper(const struct signal_struct *signal)
{
	__u64 bytes[BYTES_WITH_BITFIELD / 8] = {};
	__u64 start = (__u64)bytes - offsetof(struct signal_struct, flags);

	read_kernel(bytes, sizeof(bytes), &signal->flags);
	return ((const struct signal_struct *)start)->is_child_subreaper;
}

/* Bytes read with the NUL, or a negative errno. */
#define read_kernel_string(TO, SIZE, FROM) bpf_probe_read_kernel_str(TO, SIZE, FROM)
static __always_inline long read_user_string(void *to, __u32 size, __u64 address)
{
	long read = bpf_probe_read_user_str(to, size, (const void *)address);

	return read ? read : 1; /* older kernels do not count the NUL of an empty string */
}

/* A small table as numbers in the program. */
#define TABLE_WORDS 8
#define ENTRY_BITS(TABLE) (8 * sizeof((TABLE)[0]))
#define ENTRIES_PER_WORD(TABLE) (8 / sizeof((TABLE)[0]))
#define ENTRIES(TABLE) (sizeof(TABLE) / sizeof((TABLE)[0]))
#define ENTRY_AT(TABLE, INDEX) ((TABLE)[(INDEX) < ENTRIES(TABLE) ? (INDEX) : 0])
#define ENTRY(TABLE, WORD, PLACE)                                                                                      \
	((PLACE) < ENTRIES_PER_WORD(TABLE) && (WORD)*ENTRIES_PER_WORD(TABLE) + (PLACE) < ENTRIES(TABLE)                \
		 ? (__u64)ENTRY_AT(TABLE, (WORD)*ENTRIES_PER_WORD(TABLE) + (PLACE))                                    \
			   << ((PLACE)*ENTRY_BITS(TABLE) % 64)                                                         \
		 : 0)
#define WORD(TABLE, NUMBER)                                                                                            \
	(ENTRY(TABLE, NUMBER, 0) | ENTRY(TABLE, NUMBER, 1) | ENTRY(TABLE, NUMBER, 2) | ENTRY(TABLE, NUMBER, 3) |       \
	 ENTRY(TABLE, NUMBER, 4) | ENTRY(TABLE, NUMBER, 5) | ENTRY(TABLE, NUMBER, 6) | ENTRY(TABLE, NUMBER, 7))
#define LOOK_UP(TABLE, INDEX)                                                                                          \
	({                                                                                                             \
		__u64 entry = (INDEX), word = entry / ENTRIES_PER_WORD(TABLE);                                         \
		_Static_assert(ENTRIES(TABLE) <= TABLE_WORDS * ENTRIES_PER_WORD(TABLE), "a longer table");             \
		word = word == 0   ? WORD(TABLE, 0)                                                                    \
		       : word == 1 ? WORD(TABLE, 1)                                                                    \
		       : word == 2 ? WORD(TABLE, 2)                                                                    \
		       : word == 3 ? WORD(TABLE, 3)                                                                    \
		       : word == 4 ? WORD(TABLE, 4)                                                                    \
		       : word == 5 ? WORD(TABLE, 5)                                                                    \
		       : word == 6 ? WORD(TABLE, 6)                                                                    \
		       : word == 7 ? WORD(TABLE, 7)                                                                    \
				   : 0;                                                                                \
		(word >> entry % ENTRIES_PER_WORD(TABLE) * ENTRY_BITS(TABLE)) & ((1ull << ENTRY_BITS(TABLE)) - 1);     \
	})

/* The text that is compiled has an `int NAME(__u64 *ctx)` for each program that is wanted. */
#define PROGRAM(NAME, TRACEPOINT) static __always_inline int run_##NAME(__u64 *ctx)

#define GIVEN(POINTER, FIELD) READ(POINTER, FIELD)
static __always_inline const struct pt_regs *registers_at(__u64 address, struct pt_regs *scratch)
{
	read_kernel(scratch, sizeof(*scratch), (const void *)address);
	return scratch;
}

#define current_task() ((struct task_struct *)bpf_get_current_task())
#define thread_status() READ(current_task(), thread_info.status)

static __always_inline struct pt_regs *entry_registers(void)
{
	__u64 top = (__u64)READ(current_task(), stack) + THREAD_SIZE - TOP_OF_KERNEL_STACK_PADDING;

	return (struct pt_regs *)(top - sizeof(struct pt_regs));
}

static __always_inline const struct pt_regs *current_registers(struct pt_regs *scratch)
{
	return registers_at((__u64)entry_registers(), scratch);
}

#define ENTRY_REGISTER(NAME) READ(entry_registers(), NAME)

/* OWN(real_parent, tgid): of the current thread, along a chain of pointers. */
#define OWN(...) READ(current_task(), __VA_ARGS__)

static __always_inline void read_own_name(__u64 *words)
{
	read_kernel(words, TASK_COMM_LEN, current_task()->comm);
}

/* The writer of this CPU: `current_writer()`, null where there is none. */
#define PER_CPU_WRITER                                                                                                 \
	static __always_inline struct writer *current_writer(void)                                                     \
	{                                                                                                              \
		__u32 cpu = bpf_get_smp_processor_id();                                                                \
		return bpf_map_lookup_elem(MAP(writers), &cpu);                                                        \
	}

/* Runs once: copies the tables of syscalls.h, word by word so that the compiler knows each. */
#define FILL_TABLES                                                                                                    \
	static __always_inline int run_fill_tables(void)                                                               \
	{                                                                                                              \
		volatile __u64 *to = MAP_CONTENTS(tables);                                                             \
		const __u64 *from = (const __u64 *)&probe_tables;                                                      \
		__u32 i;                                                                                               \
		_Pragma("unroll") for (i = 0; i < sizeof(probe_tables) / 8; i++) to[i] = from[i];                      \
		return 0;                                                                                              \
	}

#endif
