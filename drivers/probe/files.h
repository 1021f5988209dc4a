/* SPDX-License-Identifier: GPL-2.0 */
/* What is read of open files. */
#ifndef TRACER_FILES_H
#define TRACER_FILES_H

/* The open file of a descriptor of the current task; null if there is none. */
FILLER struct file *file_of(__s64 fd)
{
	struct fdtable *table;
	struct file **files;
	struct file *file = 0;

	if (fd < 0)
		return 0;
	table = READ(current_task(), files, fdt);
	if ((__u64)fd >= READ(table, max_fds))
		return 0;
	files = READ(table, fd);
	read_kernel(&file, sizeof(file), files + (__u32)fd);
	return file;
}

/* Device number in the form of stat(2): major and minor interleaved. */
FILLER __u32 encode_device(__u32 device)
{
	__u32 major = device >> 20, minor = device & 0xfffff;

	return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

FILLER __u32 device_of(__s64 fd)
{
	struct file *file = file_of(fd);

	return file ? encode_device(READ(file, f_inode, i_sb, s_dev)) : 0;
}

FILLER __u64 inode_of(__s64 fd)
{
	struct file *file = file_of(fd);

	return file ? READ(file, f_inode, i_ino) : 0;
}

#define KERNEL_FMODE_CREATED 0x100000

/* Open flags, and what the open file adds to them: whether the call created it. */
FILLER __u32 opened_flags(__u64 flags, __s64 fd)
{
	struct file *file = file_of(fd);

	return open_flags(flags) | (file ? MOVE(READ(file, f_mode), KERNEL_FMODE_CREATED, FILE_FLAGS_O_F_CREATED) : 0);
}

#endif
