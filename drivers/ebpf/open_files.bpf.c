// SPDX-License-Identifier: GPL-2.0
// The open files of all processes, by a BPF iterator: much faster than /proc, which it says the same as.
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define PATH_MAX_BYTES 4096
#define CLOSE_ON_EXEC 02000000

char LICENSE[] SEC("license") = "GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
};

struct inode {
	unsigned short i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
};

struct vfsmount {
	int mnt_flags;
};

struct mount {
	struct vfsmount mnt;
	int mnt_id;
};

struct path {
	struct vfsmount *mnt;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
};

struct fdtable {
	unsigned long *close_on_exec;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct {
	int pid;
	int tgid;
	struct files_struct *files;
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

// As core/engine/live/open_files.hpp has it.
struct open_file {
	__u32 size; // with the path
	__u32 pid;
	__u32 fd;
	__u32 flags; // of open(2), by the kernel's numbers
	__u32 device;
	__u32 mount_id;
	__u32 mode;
	__u32 unused;
	__u64 inode;
	__u64 file_system; // the magic number of statfs(2)
	char path[PATH_MAX_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct open_file);
} row SEC(".maps");

SEC("iter/task_file")
int open_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	const unsigned long *close_on_exec;
	unsigned long bits = 0;
	__u32 fd = ctx->fd, zero = 0;
	struct open_file *to;
	struct mount *mount;
	__u64 size;
	long length;

	if (!task || !file || task->pid != task->tgid)
		return 0;
	to = bpf_map_lookup_elem(&row, &zero);
	if (!to)
		return 0;
	to->pid = task->tgid;
	to->fd = fd;
	close_on_exec = BPF_CORE_READ(task, files, fdt, close_on_exec);
	bpf_probe_read_kernel(&bits, sizeof(bits), close_on_exec + fd / 64);
	to->flags = file->f_flags & ~CLOSE_ON_EXEC;
	if (bits >> (fd % 64) & 1)
		to->flags |= CLOSE_ON_EXEC;
	to->device = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	to->file_system = BPF_CORE_READ(file, f_inode, i_sb, s_magic);
	to->inode = BPF_CORE_READ(file, f_inode, i_ino);
	to->mode = BPF_CORE_READ(file, f_inode, i_mode);
	mount = (struct mount *)((char *)BPF_CORE_READ(file, f_path.mnt) - bpf_core_field_offset(struct mount, mnt));
	to->mount_id = BPF_CORE_READ(mount, mnt_id);
	length = bpf_d_path(&file->f_path, to->path, sizeof(to->path));
	if (length < 0 || length > PATH_MAX_BYTES)
		length = 0;
	size = (__builtin_offsetof(struct open_file, path) + length + 7) & ~7ull;
	if (size > sizeof(*to))
		size = sizeof(*to);
	to->size = size;
	bpf_seq_write(ctx->meta->seq, to, size);
	return 0;
}
