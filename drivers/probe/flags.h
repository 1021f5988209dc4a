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

/* An argument that is a C unsigned int. */
FILLER __u64 as_unsigned(__u64 value)
{
	return (__u32)value;
}

/* A 64-bit number from two 32-bit arguments. */
FILLER __u64 two_words(__u64 low, __u64 high)
{
	return (__u32)low | high << 32;
}

/* A result that counts something, where failing counts nothing. */
FILLER __u32 positive(__s64 value)
{
	return value > 0 ? value : 0;
}

/* How many bytes to look at after a write: those written, or those that were to be written if none were. */
FILLER __s64 done_or_asked(__s64 ret, __u64 asked)
{
	return ret > 0 ? ret : (__s64)asked;
}

/* The same for a vector of buffers: all of them if nothing was written. */
FILLER __s64 done_or_all(__s64 ret)
{
	return ret > 0 ? ret : 0x7fffffff;
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
	return access | MOVE(flags, KERNEL_O_CREAT, FILE_FLAGS_O_CREAT) |
	       MOVE(flags, KERNEL_O_EXCL, FILE_FLAGS_O_EXCL) | MOVE(flags, KERNEL_O_TRUNC, FILE_FLAGS_O_TRUNC) |
	       MOVE(flags, KERNEL_O_APPEND, FILE_FLAGS_O_APPEND) |
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

/* O_CLOEXEC, O_NONBLOCK and O_DIRECT, by whatever name the call knows them. */
FILLER __u32 descriptor_flags(__u64 flags)
{
	return MOVE(flags, KERNEL_O_CLOEXEC, FILE_FLAGS_O_CLOEXEC) |
	       MOVE(flags, KERNEL_O_NONBLOCK, FILE_FLAGS_O_NONBLOCK) |
	       MOVE(flags, KERNEL_O_DIRECT, FILE_FLAGS_O_DIRECT);
}

FILLER __u32 openat2_resolve(__u64 resolve)
{
	return MOVE(resolve, 0x1, OPENAT2_FLAGS_RESOLVE_NO_XDEV) |
	       MOVE(resolve, 0x2, OPENAT2_FLAGS_RESOLVE_NO_MAGICLINKS) |
	       MOVE(resolve, 0x4, OPENAT2_FLAGS_RESOLVE_NO_SYMLINKS) |
	       MOVE(resolve, 0x8, OPENAT2_FLAGS_RESOLVE_BENEATH) | MOVE(resolve, 0x10, OPENAT2_FLAGS_RESOLVE_IN_ROOT) |
	       MOVE(resolve, 0x20, OPENAT2_FLAGS_RESOLVE_CACHED);
}

FILLER __u32 clone_flags(__u64 flags)
{
	return MOVE(flags, 0x100, CLONE_FLAGS_CLONE_VM) | MOVE(flags, 0x200, CLONE_FLAGS_CLONE_FS) |
	       MOVE(flags, 0x400, CLONE_FLAGS_CLONE_FILES) | MOVE(flags, 0x800, CLONE_FLAGS_CLONE_SIGHAND) |
	       MOVE(flags, 0x2000, CLONE_FLAGS_CLONE_PTRACE) | MOVE(flags, 0x4000, CLONE_FLAGS_CLONE_VFORK) |
	       MOVE(flags, 0x8000, CLONE_FLAGS_CLONE_PARENT) | MOVE(flags, 0x10000, CLONE_FLAGS_CLONE_THREAD) |
	       MOVE(flags, 0x20000, CLONE_FLAGS_CLONE_NEWNS) | MOVE(flags, 0x40000, CLONE_FLAGS_CLONE_SYSVSEM) |
	       MOVE(flags, 0x80000, CLONE_FLAGS_CLONE_SETTLS) | MOVE(flags, 0x100000, CLONE_FLAGS_CLONE_PARENT_SETTID) |
	       MOVE(flags, 0x200000, CLONE_FLAGS_CLONE_CHILD_CLEARTID) |
	       MOVE(flags, 0x800000, CLONE_FLAGS_CLONE_UNTRACED) |
	       MOVE(flags, 0x1000000, CLONE_FLAGS_CLONE_CHILD_SETTID) |
	       MOVE(flags, 0x2000000, CLONE_FLAGS_CLONE_NEWCGROUP) | MOVE(flags, 0x4000000, CLONE_FLAGS_CLONE_NEWUTS) |
	       MOVE(flags, 0x8000000, CLONE_FLAGS_CLONE_NEWIPC) | MOVE(flags, 0x10000000, CLONE_FLAGS_CLONE_NEWUSER) |
	       MOVE(flags, 0x20000000, CLONE_FLAGS_CLONE_NEWPID) | MOVE(flags, 0x40000000, CLONE_FLAGS_CLONE_NEWNET) |
	       MOVE(flags, 0x80000000u, CLONE_FLAGS_CLONE_IO);
}

FILLER __u32 execveat_flags(__u64 flags)
{
	return MOVE(flags, 0x1000, EXECVEAT_FLAGS_AT_EMPTY_PATH) |
	       MOVE(flags, 0x100, EXECVEAT_FLAGS_AT_SYMLINK_NOFOLLOW);
}

FILLER __u32 fchownat_flags(__u64 flags)
{
	return MOVE(flags, 0x100, FCHOWNAT_FLAGS_AT_SYMLINK_NOFOLLOW) |
	       MOVE(flags, 0x1000, FCHOWNAT_FLAGS_AT_EMPTY_PATH);
}

FILLER __u32 io_uring_setup_flags(__u64 flags)
{
	return (flags & (IO_URING_SETUP_FLAGS_IORING_SETUP_IOPOLL | IO_URING_SETUP_FLAGS_IORING_SETUP_SQPOLL)) |
	       MOVE(flags, 0x4, IO_URING_SETUP_FLAGS_IORING_SETUP_SQ_AFF) |
	       MOVE(flags, 0x8, IO_URING_SETUP_FLAGS_IORING_SETUP_CQSIZE) |
	       MOVE(flags, 0x10, IO_URING_SETUP_FLAGS_IORING_SETUP_CLAMP) |
	       MOVE(flags, 0x20, IO_URING_SETUP_FLAGS_IORING_SETUP_ATTACH_RW) |
	       MOVE(flags, 0x40, IO_URING_SETUP_FLAGS_IORING_SETUP_R_DISABLED);
}

FILLER __u32 pidfd_open_flags(__u64 flags)
{
	return MOVE(flags, KERNEL_O_NONBLOCK, PIDFD_OPEN_FLAGS_PIDFD_NONBLOCK);
}

FILLER __u32 epoll_create1_flags(__u64 flags)
{
	return MOVE(flags, KERNEL_O_CLOEXEC, EPOLL_CREATE1_FLAGS_EPOLL_CLOEXEC);
}

FILLER __u32 delete_module_flags(__u64 flags)
{
	return MOVE(flags, KERNEL_O_NONBLOCK, DELETE_MODULE_FLAGS_O_NONBLOCK) |
	       MOVE(flags, KERNEL_O_TRUNC, DELETE_MODULE_FLAGS_O_TRUNC);
}

FILLER __u32 semget_flags(__u64 flags)
{
	return MOVE(flags, 01000, SEMGET_FLAGS_IPC_CREAT) | MOVE(flags, 02000, SEMGET_FLAGS_IPC_EXCL);
}

FILLER __u16 semop_flags(__u64 flags)
{
	return MOVE(flags, 04000, SEMOP_FLAGS_IPC_NOWAIT) | MOVE(flags, 0x1000, SEMOP_FLAGS_SEM_UNDO);
}

FILLER __u16 poll_flags(__u64 events)
{
	/* From POLLERR (8) to POLLWRBAND (0x200) all stand one bit higher, since POLLRDHUP has come between. */
	return (events & 7) | (events & 0x3f8) << 1 | MOVE(events, 0x2000, POLL_FLAGS_POLLRDHUP);
}

/* Where the bits are the same, only those with a name are kept. */
#define DEFINE_SAME(NAME, KNOWN)                                                                                       \
	FILLER __u32 NAME(__u64 flags)                                                                                 \
	{                                                                                                              \
		return flags & (KNOWN);                                                                                \
	}
DEFINE_SAME(permissions, 07777)
DEFINE_SAME(access_mode, 7)
DEFINE_SAME(flock_flags, 0xf)
DEFINE_SAME(splice_flags, 0xf)
DEFINE_SAME(umount_flags, 0xf)
DEFINE_SAME(mlockall_flags, 7)
DEFINE_SAME(mlock2_flags, 1)
DEFINE_SAME(memfd_create_flags, 7)
DEFINE_SAME(linkat_flags, LINKAT_FLAGS_AT_SYMLINK_FOLLOW | LINKAT_FLAGS_AT_EMPTY_PATH)
DEFINE_SAME(unlinkat_flags, UNLINKAT_FLAGS_AT_REMOVEDIR)
DEFINE_SAME(newfstatat_flags,
	    NEWFSTATAT_FLAGS_AT_EMPTY_PATH | NEWFSTATAT_FLAGS_AT_NO_AUTOMOUNT | NEWFSTATAT_FLAGS_AT_SYMLINK_NOFOLLOW)
DEFINE_SAME(close_range_flags, CLOSE_RANGE_FLAGS_CLOSE_RANGE_UNSHARE | CLOSE_RANGE_FLAGS_CLOSE_RANGE_CLOEXEC)
DEFINE_SAME(finit_module_flags, 7)
DEFINE_SAME(io_uring_features, 0x7ff)
DEFINE_SAME(io_uring_enter_flags, 0xf)
DEFINE_SAME(lseek_whence, 0xff)

/* Mount flags, without the magic number that callers once had to put above them. */
FILLER __u32 mount_flags(__u64 flags)
{
	return (flags & 0xffff0000u) == 0xC0ED0000u ? flags & 0xffff : flags;
}

/* File type and permissions; no type means a regular file. */
FILLER __u32 mknod_mode(__u64 mode)
{
	__u32 type = mode & 0170000;

	return (mode & 07777) | (type ? type : MKNOD_MODE_S_IFREG);
}

FILLER __u8 rlimit_resource(__u64 resource)
{
	return (__u32)resource <= RLIMIT_RESOURCES_RLIMIT_RTTIME ? resource : RLIMIT_RESOURCES_RLIMIT_UNKNOWN;
}

/* Numbers that share no pattern with the kernel's are looked up. */
#ifndef LOOK_UP /* where a driver cannot have tables in memory */
#define LOOK_UP(TABLE, INDEX)                                                                                          \
	({                                                                                                             \
		__u64 look_up_index = (INDEX);                                                                         \
		OPAQUE(look_up_index); /* in one register, so that the verifier knows the bound where it is used */    \
		look_up_index < sizeof(TABLE) / sizeof((TABLE)[0]) ? (TABLE)[look_up_index] : 0;                       \
	})
#endif

#define FCNTL(NAME) FCNTL_COMMANDS_F_##NAME
static const __u8 fcntl_low[] = {FCNTL(DUPFD),	   FCNTL(GETFD),    FCNTL(SETFD),   FCNTL(GETFL),   FCNTL(SETFL),
				 FCNTL(GETLK),	   FCNTL(SETLK),    FCNTL(SETLKW),  FCNTL(SETOWN),  FCNTL(GETOWN),
				 FCNTL(SETSIG),	   FCNTL(GETSIG),   FCNTL(GETLK64), FCNTL(SETLK64), FCNTL(SETLKW64),
				 FCNTL(SETOWN_EX), FCNTL(GETOWN_EX)};
static const __u8 fcntl_open_file[] = {FCNTL(OFD_GETLK), FCNTL(OFD_SETLK), FCNTL(OFD_SETLKW)}; /* from 36 */
static const __u8 fcntl_linux[] = {FCNTL(SETLEASE),	 FCNTL(GETLEASE),   FCNTL(NOTIFY),    0, 0, FCNTL(CANCELLK),
				   FCNTL(DUPFD_CLOEXEC), FCNTL(SETPIPE_SZ), FCNTL(GETPIPE_SZ)}; /* from 1024 */

FILLER __u8 fcntl_command(__u64 command)
{
	__u64 low = (__u32)command, open_file = low - 36, linux_only = low - 1024;

	if (low < sizeof(fcntl_low))
		return LOOK_UP(fcntl_low, low);
	if (open_file < sizeof(fcntl_open_file))
		return LOOK_UP(fcntl_open_file, open_file);
	return LOOK_UP(fcntl_linux, linux_only);
}

#define PTRACE(NAME) PTRACE_REQUESTS_PTRACE_##NAME
static const __u8 ptrace_low[] = {
	[0] = PTRACE(TRACEME),
	PTRACE(PEEKTEXT),
	PTRACE(PEEKDATA),
	PTRACE(PEEKUSR),
	PTRACE(POKETEXT),
	PTRACE(POKEDATA),
	[6] = PTRACE(POKEUSR),
	PTRACE(CONT),
	PTRACE(KILL),
	PTRACE(SINGLESTEP),
	[12] = PTRACE(GETREGS),
	PTRACE(SETREGS),
	PTRACE(GETFPREGS),
	PTRACE(SETFPREGS),
	PTRACE(ATTACH),
	PTRACE(DETACH),
	[18] = PTRACE(GETFPXREGS),
	PTRACE(SETFPXREGS),
	[21] = PTRACE(OLDSETOPTIONS),
	[24] = PTRACE(SYSCALL),
	PTRACE(GET_THREAD_AREA),
	PTRACE(SET_THREAD_AREA),
	[30] = PTRACE(ARCH_PRCTL),
	PTRACE(SYSEMU),
	PTRACE(SYSEMU_SINGLESTEP),
	PTRACE(SINGLEBLOCK),
};
#define PTRACE_MODERN 0x4200 /* from here on in scap's order */

FILLER __u16 ptrace_kind(__u64 request)
{
	__u64 modern = request - PTRACE_MODERN;

	if (modern <= PTRACE(SETSIGMASK) - PTRACE(SETOPTIONS))
		return PTRACE(SETOPTIONS) + modern;
	return LOOK_UP(ptrace_low, request);
}

#define SEMCTL(NAME) SEMCTL_COMMANDS_##NAME
static const __u16 semctl_commands[] = {
	[0] = SEMCTL(IPC_RMID), SEMCTL(IPC_SET),	 SEMCTL(IPC_STAT), SEMCTL(IPC_INFO), [11] = SEMCTL(GETPID),
	SEMCTL(GETVAL),		SEMCTL(GETALL),		 SEMCTL(GETNCNT),  SEMCTL(GETZCNT),  SEMCTL(SETVAL),
	SEMCTL(SETALL),		[18] = SEMCTL(SEM_STAT), SEMCTL(SEM_INFO),
};
#define KERNEL_SETVAL 16

FILLER __u16 semctl_command(__u64 command)
{
	__u64 index = (__u32)command;

	return LOOK_UP(semctl_commands, index);
}

FILLER __s32 semctl_value(__u64 command, __u64 value)
{
	return (__u32)command == KERNEL_SETVAL ? (__s32)value : 0;
}

#endif
