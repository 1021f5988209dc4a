/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's flags and numbers as scap's. The names on the left are the kernel's (x86-64), written out where user
 * space headers and kernel headers disagree; those on the right are the tables of flags.txt. */
#ifndef TRACER_FLAGS_H
#define TRACER_FLAGS_H

/* One flag moved to another bit, without a branch. */
#define MOVE(FLAGS, FROM, TO) ((((__u32)(FLAGS) / (FROM)) & 1u) * (TO))

/* An argument that is a C int. */
FILLER __s64 as_int(__u64 value)
{
	return (__s32)value;
}

enum kernel_open_flags {
	KERNEL_O_ACCMODE = 03,
	KERNEL_O_CREAT = 0100,
	KERNEL_O_EXCL = 0200,
	KERNEL_O_TRUNC = 01000,
	KERNEL_O_APPEND = 02000,
	KERNEL_O_NONBLOCK = 04000,
	KERNEL_O_DSYNC = 010000,
	KERNEL_O_DIRECT = 040000,
	KERNEL_O_LARGEFILE = 0100000,
	KERNEL_O_DIRECTORY = 0200000,
	KERNEL_O_CLOEXEC = 02000000,
	KERNEL_O_SYNC_BIT = 04000000, /* O_SYNC is this and O_DSYNC */
	KERNEL_O_TMPFILE_BIT = 020000000, /* O_TMPFILE is this and O_DIRECTORY */
};

FILLER __u32 open_flags(__u64 flags)
{
	/* Read, write, read and write: 0, 1, 2 there; 1, 2, 3 here. The fourth value has no name: read. */
	__u32 access = ((flags & KERNEL_O_ACCMODE) + 1) & 3;

	access += (access == 0);
	return access | MOVE(flags, KERNEL_O_CREAT, FILE_FLAGS_O_CREAT) | MOVE(flags, KERNEL_O_EXCL, FILE_FLAGS_O_EXCL) |
	       MOVE(flags, KERNEL_O_TRUNC, FILE_FLAGS_O_TRUNC) | MOVE(flags, KERNEL_O_APPEND, FILE_FLAGS_O_APPEND) |
	       MOVE(flags, KERNEL_O_NONBLOCK, FILE_FLAGS_O_NONBLOCK) | MOVE(flags, KERNEL_O_DSYNC, FILE_FLAGS_O_DSYNC) |
	       MOVE(flags, KERNEL_O_SYNC_BIT, FILE_FLAGS_O_SYNC) | MOVE(flags, KERNEL_O_DIRECT, FILE_FLAGS_O_DIRECT) |
	       MOVE(flags, KERNEL_O_LARGEFILE, FILE_FLAGS_O_LARGEFILE) |
	       MOVE(flags, KERNEL_O_DIRECTORY, FILE_FLAGS_O_DIRECTORY) |
	       MOVE(flags, KERNEL_O_CLOEXEC, FILE_FLAGS_O_CLOEXEC) |
	       MOVE(flags, KERNEL_O_TMPFILE_BIT, FILE_FLAGS_O_TMPFILE);
}

/* Permission bits: only a call that may create a file looks at them. */
FILLER __u32 open_mode(__u64 flags, __u64 mode)
{
	return flags & (KERNEL_O_CREAT | KERNEL_O_TMPFILE_BIT) ? mode & 07777 : 0;
}

FILLER __u32 prot_flags(__u64 prot)
{
	return (prot & 7) | MOVE(prot, 0x8, PROT_FLAGS_PROT_SEM) | MOVE(prot, 0x01000000, PROT_FLAGS_PROT_GROWSDOWN) |
	       MOVE(prot, 0x02000000, PROT_FLAGS_PROT_GROWSUP);
}

FILLER __u32 mmap_flags(__u64 flags)
{
	return (flags & 3) | MOVE(flags, 0x10, MMAP_FLAGS_MAP_FIXED) | MOVE(flags, 0x20, MMAP_FLAGS_MAP_ANONYMOUS) |
	       MOVE(flags, 0x40, MMAP_FLAGS_MAP_32BIT) | MOVE(flags, 0x4000, MMAP_FLAGS_MAP_NORESERVE) |
	       MOVE(flags, 0x8000, MMAP_FLAGS_MAP_POPULATE) | MOVE(flags, 0x10000, MMAP_FLAGS_MAP_NONBLOCK) |
	       MOVE(flags, 0x100, MMAP_FLAGS_MAP_GROWSDOWN) | MOVE(flags, 0x800, MMAP_FLAGS_MAP_DENYWRITE) |
	       MOVE(flags, 0x1000, MMAP_FLAGS_MAP_EXECUTABLE) | MOVE(flags, 0x2000, MMAP_FLAGS_MAP_LOCKED);
}

#endif
