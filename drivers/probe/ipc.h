/* SPDX-License-Identifier: GPL-2.0 */
/* System V semaphores. */
#ifndef TRACER_IPC_H
#define TRACER_IPC_H

#define SEMBUF_SIZE 6
#define KERNEL_IPC_64 0x100

/* A command, without the mark that 32-bit programs set to say which structures they mean. */
FILLER __u64 ipc_command(const struct call *call, __u64 command)
{
	return call->compat ? command & ~(__u64)KERNEL_IPC_64 : command;
}

/* The u16 at `offset` of a list of `count` struct sembuf; zero behind its end. */
FILLER __u16 sembuf(__u64 list, __u64 count, __u64 offset)
{
	__u16 value = 0;

	if (offset < (__u32)count * SEMBUF_SIZE)
		read_user(&value, sizeof(value), list + offset);
	return value;
}

#endif
