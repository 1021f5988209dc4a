/* SPDX-License-Identifier: GPL-2.0 */
/* Stack traces: one more parameter behind those that an exit event has. Its bytes: how many addresses of the kernel and
 * how many of the program there are, each as a u32, then the addresses, innermost first. */
#ifndef TRACER_STACKS_H
#define TRACER_STACKS_H

enum {
	USER_STACKS = 1,
	KERNEL_STACKS = 2,
};

/* Set before loading, so that the verifier removes what is not asked for. */
const volatile __u32 asked_stacks SEC(".rodata.stacks") = 0;
#define ASKED_STACKS asked_stacks

#define STACK_SIZE (127 * sizeof(__u64))
#define STACK_SIZE_MASK 1023

struct stack_addresses {
	__u32 kernel_size, user_size; /* in bytes */
	__u64 kernel[STACK_SIZE / sizeof(__u64)];
	__u64 user[STACK_SIZE / sizeof(__u64)];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_addresses);
} stacks SEC(".maps");

static __always_inline struct stack_addresses *current_stacks(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&stacks, &first);
}

/* Keeps the stacks of the call that ends, for all records that it makes. */
static __always_inline void take_stacks(void *ctx)
{
	struct stack_addresses *taken = asked_stacks ? current_stacks() : 0;
	long size;

	if (!taken)
		return;
	size = asked_stacks & KERNEL_STACKS ? bpf_get_stack(ctx, taken->kernel, STACK_SIZE, 0) : 0;
	taken->kernel_size = size > 0 ? size : 0;
	size = asked_stacks & USER_STACKS ? bpf_get_stack(ctx, taken->user, STACK_SIZE, BPF_F_USER_STACK) : 0;
	taken->user_size = size > 0 ? size : 0;
}
#define TAKE_STACKS(CTX) take_stacks(CTX)

/* The parameter itself, where the record has a place for it. */
static __always_inline void write_stacks(struct writer *writer)
{
	struct stack_addresses *taken;
	__u64 kernel_size, user_size;
	__u8 *at;

	if (!asked_stacks || IN_MEMORY(writer->param) >= writer->param_count)
		return;
	taken = current_stacks();
	at = writer_at(writer);
	if (!taken || !at) {
		write_empty(writer);
		return;
	}
	kernel_size = taken->kernel_size;
	user_size = taken->user_size;
	OPAQUE(kernel_size);
	OPAQUE(user_size);
	kernel_size &= STACK_SIZE_MASK;
	user_size &= STACK_SIZE_MASK;
	*(__u32 *)at = kernel_size / sizeof(__u64);
	*(__u32 *)(at + 4) = user_size / sizeof(__u64);
	at += 8;
	read_kernel(at, kernel_size, taken->kernel);
	read_kernel(at + kernel_size, user_size, taken->user);
	writer_advance(writer, 8 + kernel_size + user_size);
}
#define WRITE_STACKS(WRITER) write_stacks(WRITER)

#endif
