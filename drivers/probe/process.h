/* SPDX-License-Identifier: GPL-2.0 */
/* New processes and new programs. */
#ifndef TRACER_PROCESS_H
#define TRACER_PROCESS_H

#define ARGUMENTS_MAX 4096 /* bytes kept of arguments, and of the environment */
#define ARGUMENT_COUNT_MAX 256
#define EXE_MAX 4096

enum { PID_OF_THREAD, PID_OF_PROCESS, PID_OF_GROUP, PID_OF_SESSION };

/* A process id as seen in the process's own namespace. */
FILLER __s64 own_number(struct pid *pid)
{
	__u32 level = READ(pid, level);
	__s32 number = 0;

	if (pid && level < 32)
		read_kernel(&number, sizeof(number),
			    (const char *)ADDRESS_OF(pid, numbers) + level * TYPE_SIZE(struct upid));
	return number;
}

FILLER __s64 global_number(struct pid *pid)
{
	return pid ? READ(pid, numbers[0].nr) : 0;
}

FILLER struct pid_namespace *pid_namespace_of(struct pid *pid)
{
	struct pid_namespace *namespace = 0;
	__u32 level = READ(pid, level);

	if (pid && level < 32)
		read_kernel(&namespace, sizeof(namespace),
			    (const char *)ADDRESS_OF(pid, numbers) + level * TYPE_SIZE(struct upid) +
				    FIELD_OFFSET(struct upid, ns));
	return namespace;
}

FILLER __u64 namespace_start(struct task_struct *task)
{
	struct pid_namespace *namespace = pid_namespace_of(READ(task, thread_pid));

	return READ(namespace, child_reaper, start_time);
}

/* Strings that stand one after the other in the process's memory. */
FILLER void write_strings_between(struct writer *writer, __u64 start, __u64 end)
{
	__u8 *at = writer_at(writer);
	__u64 size = end > start ? end - start : 0;

	if (!at)
		return;
	if (size > ARGUMENTS_MAX)
		size = ARGUMENTS_MAX;
	OPAQUE(size);
	if (size > ARGUMENTS_MAX || read_user(at, size, start) != 0)
		size = 0;
	if (size > 0)
		at[size - 1] = 0;
	writer_advance(writer, size);
}

/* Name and arguments of the program that runs: exe (its first argument) and args (the others). */
FILLER void write_running_arguments(struct writer *writer, struct mm_struct *mm)
{
	__u64 start = READ(mm, arg_start), end = READ(mm, arg_end);
	__u8 *at = writer_at(writer);
	__s64 size;

	if (!at)
		return;
	size = start ? read_user_string(at, EXE_MAX, start) : 0;
	if (size <= 0) {
		at[0] = 0;
		size = 1;
	}
	writer_advance(writer, size);
	write_strings_between(writer, start + size, end);
}

/* The strings that an array of pointers, ended by a null pointer, points to. */
SHARED_FILLER(write_pointed_strings, __u32, narrow, __u64, array, __u32, first)
{
	struct writer *writer = current_writer();
	__u32 i;

	if (!writer)
		return 0;
	append_start(writer);
	for (i = 0; i < ARGUMENT_COUNT_MAX; i++) {
		OPAQUE(i);
		__u64 pointer = user_word(narrow, array, first + i);
		__u8 *at = append_at(writer);
		__s64 size;

		if (!pointer || !at || writer->append_size >= ARGUMENTS_MAX)
			break;
		size = read_user_string(at, ARGUMENTS_MAX, pointer);
		if (size <= 0)
			break;
		append_advance(writer, size);
	}
	append_end(writer);
	return 0;
}

/* The same two parameters for a program that did not get to run. */
FILLER void write_wanted_arguments(struct writer *writer, __u32 narrow, __u64 array)
{
	__u64 exe = user_word(narrow, array, 0);

	if (exe)
		write_user_string(writer, exe);
	else
		write_empty_string(writer);
	write_pointed_strings(narrow, exe ? array : 0, 1);
}

/* tid, pid, ptid, cwd, fdlimit, page faults, memory, comm: the same in clone and execve. */
FILLER void write_task_numbers(struct writer *writer, struct task_struct *task, struct mm_struct *mm)
{
	__u8 *at;

	write_u64(writer, (__u32)READ(task, pid));
	write_u64(writer, (__u32)READ(task, tgid));
	write_u64(writer, (__u32)READ(task, real_parent, pid));
	write_empty_string(writer); /* cwd: the engine knows it from the parent */
	write_u64(writer, READ(task, signal, rlim[KERNEL_RLIMIT_NOFILE].rlim_cur));
	write_u64(writer, READ(task, maj_flt));
	write_u64(writer, READ(task, min_flt));
	write_u32(writer, mm_size_kb(mm));
	write_u32(writer, mm_rss_kb(mm));
	write_u32(writer, mm_swap_kb(mm));
	at = writer_at(writer);
	if (at) {
		__s64 size = read_kernel_string(at, TASK_COMM_SIZE, ADDRESS_OF(task, comm));
		writer_advance(writer, size > 0 ? size : 1);
	}
}

/* clone, clone3, fork, vfork: in the parent and, with ret 0, in the child. */
SHARED_FILLER(fill_new_process, __s64, ret, __u64, flags)
{
	struct writer *writer = current_writer();
	struct task_struct *task = current_task();
	struct mm_struct *mm = READ(task, mm);
	struct pid *pid = READ(task, thread_pid);
	struct pid_namespace *namespace = pid_namespace_of(pid);
	__u32 scap_flags = clone_flags(flags);

	if (!writer)
		return 0;
	if (READ(namespace, level) != 0 || READ(task, nsproxy, pid_ns_for_children) != namespace)
		scap_flags |= CLONE_FLAGS_CLONE_CHILD_IN_PIDNS;
	write_u64(writer, ret);
	if (ret >= 0) {
		write_running_arguments(writer, mm);
	} else {
		write_empty_string(writer);
		write_empty(writer);
	}
	write_task_numbers(writer, task, mm);
	write_cgroups(writer, task);
	write_u32(writer, scap_flags);
	write_u32(writer, READ(task, cred, euid.val));
	write_u32(writer, READ(task, cred, egid.val));
	write_u64(writer, own_number(pid));
	write_u64(writer, own_number(READ(task, signal, pids[PID_OF_PROCESS])));
	write_u64(writer, ret == 0 ? namespace_start(task) : 0);
	return 0;
}

FILLER void fill_syscall_clone_20_x(struct writer *writer, const struct call *call)
{
	fill_new_process(call->ret, call->args[0]);
}

FILLER void fill_syscall_clone3_x(struct writer *writer, const struct call *call)
{
	fill_new_process(call->ret, user_u64(call->args[0], 0));
}

FILLER void fill_syscall_fork_20_x(struct writer *writer, const struct call *call)
{
	fill_new_process(call->ret, 0);
}

FILLER void fill_syscall_vfork_20_x(struct writer *writer, const struct call *call)
{
	fill_new_process(call->ret, 0);
}

/* Number of the controlling terminal, as stat(2) has it. */
FILLER __u32 terminal_of(struct task_struct *task)
{
	struct tty_struct *tty = READ(task, signal, tty);
	__u32 major, minor;

	if (!tty)
		return 0;
	major = READ(tty, driver, major);
	minor = READ(tty, driver, minor_start) + READ(tty, index);
	return encode_device(major << 20 | minor);
}

#define KERNEL_SB_RDONLY 1
#define KERNEL_S_IMMUTABLE 8
#define CAP_DAC_OVERRIDE_BIT 1
#define CAP_FOWNER_BIT 3

/* Whether the process may write the file of the program it runs: by owner, mode or capability; access lists count not.
 */
FILLER int is_writable_by(struct task_struct *task, struct inode *inode)
{
	__u64 capabilities = capabilities_effective();
	__u32 mode = READ(inode, i_mode), owner = READ(inode, i_uid.val), group = READ(inode, i_gid.val);
	__u32 user = READ(task, cred, fsuid.val);

	if (READ(inode, i_sb, s_flags) & KERNEL_SB_RDONLY || READ(inode, i_flags) & KERNEL_S_IMMUTABLE)
		return 0;
	if (owner == ~0u || group == ~0u)
		return 0;
	if (user == owner || capabilities >> CAP_DAC_OVERRIDE_BIT & 1 || capabilities >> CAP_FOWNER_BIT & 1)
		return 1;
	return READ(task, cred, fsgid.val) == group ? mode >> 4 & 1 : mode >> 1 & 1;
}

/* A file of memfd_create has no directory and a name that starts with "memfd:". */
FILLER int is_memfd(struct file *file)
{
	struct dentry *dentry = READ(file, f_path.dentry);
	__u64 name = 0;

	if (!dentry || READ(dentry, d_parent) != dentry)
		return 0;
	read_kernel(&name, sizeof(name), READ(dentry, d_name.name));
	return (name & 0xffffffffffffull) == TEXT8('m', 'e', 'm', 'f', 'd', ':', 0, 0);
}

FILLER __u32 program_flags(struct task_struct *task, struct file *file)
{
	enum overlay_layer layer = overlay_layer_of(file);

	return (is_writable_by(task, READ(file, f_inode)) ? EXECVE_FLAGS_EXE_WRITABLE : 0) |
	       (layer == LAYER_UPPER ? EXECVE_FLAGS_EXE_UPPER_LAYER : 0) |
	       (layer == LAYER_LOWER ? EXECVE_FLAGS_EXE_LOWER_LAYER : 0) |
	       (is_memfd(file) ? EXECVE_FLAGS_EXE_FROM_MEMFD : 0);
}

/* What execve and execveat share. A call that succeeded has left nothing in the registers: its arguments are in the new
 * program's memory, and the name of its file stands right behind its environment. */
SHARED_FILLER(fill_new_program, __s64, ret, __u32, narrow, __u64, arguments, __u64, environment)
{
	struct writer *writer = current_writer();
	struct task_struct *task = current_task();
	struct mm_struct *mm = READ(task, mm);
	struct file *file = READ(mm, exe_file);
	struct inode *inode = READ(file, f_inode);

	if (!writer)
		return 0;
	write_u64(writer, ret);
	if (ret == 0)
		write_running_arguments(writer, mm);
	else
		write_wanted_arguments(writer, narrow, arguments);
	write_task_numbers(writer, task, mm);
	write_cgroups(writer, task);
	if (ret == 0)
		write_strings_between(writer, READ(mm, env_start), READ(mm, env_end));
	else
		write_pointed_strings(narrow, environment, 0);
	write_u32(writer, terminal_of(task));
	write_u64(writer, own_number(READ(task, signal, pids[PID_OF_GROUP])));
	write_u32(writer, login_uid_of(task));
	write_u32(writer, program_flags(task, file));
	write_u64(writer, capabilities_inheritable());
	write_u64(writer, capabilities_permitted());
	write_u64(writer, capabilities_effective());
	write_u64(writer, READ(inode, i_ino));
	write_u64(writer, change_time_of(inode));
	write_u64(writer, modification_time_of(inode));
	write_u32(writer, READ(task, cred, euid.val));
	write_file_path(writer, file);
	write_u64(writer, global_number(READ(task, signal, pids[PID_OF_GROUP])));
	write_u32(writer, READ(task, cred, egid.val));
	return 0;
}

FILLER void fill_syscall_execve_19_x(struct writer *writer, const struct call *call)
{
	fill_new_program(call->ret, call->narrow, call->args[1], call->args[2]);
	if (call->ret == 0)
		write_user_string(writer, READ(current_task(), mm, env_end));
	else
		write_user_string(writer, call->args[0]);
}

FILLER void fill_syscall_execveat_x(struct writer *writer, const struct call *call)
{
	fill_new_program(call->ret, call->narrow, call->args[2], call->args[3]);
}

#endif
