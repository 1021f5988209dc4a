/* SPDX-License-Identifier: GPL-2.0 */
/* What is read of open files. */
#ifndef TRACER_FILES_H
#define TRACER_FILES_H

/* The open file of a descriptor of the current task; null if there is none. */
FILLER struct file *file_of(__s64 fd)
{
	struct fdtable *table;

	if (fd < 0)
		return 0;
	table = READ(current_task(), files, fdt);
	if ((__u64)fd >= READ(table, max_fds))
		return 0;
	return (struct file *)read_kernel_u64(READ(table, fd) + (__u32)fd);
}

#define KERNEL_S_IFMT 0170000
#define KERNEL_S_IFSOCK 0140000

/* The socket of a descriptor; null if it is none. */
FILLER struct socket *socket_of(__s64 fd)
{
	struct file *file = file_of(fd);

	if (!file || (READ(file, f_inode, i_mode) & KERNEL_S_IFMT) != KERNEL_S_IFSOCK)
		return 0;
	return READ(file, private_data);
}

FILLER struct sock *sock_of(__s64 fd)
{
	struct socket *socket = socket_of(fd);

	return socket ? READ(socket, sk) : 0;
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
#define KERNEL_OVERLAYFS_MAGIC 0x794c7630

enum overlay_layer { LAYER_NONE, LAYER_LOWER, LAYER_UPPER };

/* Which layer of an overlay file system a file is on. */
FILLER enum overlay_layer overlay_layer_of(struct file *file)
{
	struct dentry *dentry = READ(file, f_path.dentry), *upper;
	struct inode *inode;

	if (READ(dentry, d_sb, s_magic) != KERNEL_OVERLAYFS_MAGIC)
		return LAYER_NONE;
	/* overlayfs keeps the upper dentry right behind its inode. */
	inode = READ(dentry, d_inode);
	upper = (struct dentry *)read_kernel_u64((const char *)inode + TYPE_SIZE(struct inode));
	return upper && READ(upper, d_inode, i_ino) ? LAYER_UPPER : LAYER_LOWER;
}

/* Open flags, and what the open file adds to them: whether the call created it, and its overlay layer. */
FILLER __u32 opened_flags(__u64 flags, __s64 fd)
{
	struct file *file = file_of(fd);
	__u32 added = 0;

	if (file) {
		enum overlay_layer layer = overlay_layer_of(file);
		added = MOVE(READ(file, f_mode), KERNEL_FMODE_CREATED, FILE_FLAGS_O_F_CREATED);
		added |= layer == LAYER_UPPER ? FILE_FLAGS_FD_UPPER_LAYER : 0;
		added |= layer == LAYER_LOWER ? FILE_FLAGS_FD_LOWER_LAYER : 0;
	}
	return open_flags(flags) | added;
}

FILLER __u16 creat_layer(__s64 fd)
{
	struct file *file = file_of(fd);
	enum overlay_layer layer = file ? overlay_layer_of(file) : LAYER_NONE;

	return layer == LAYER_UPPER   ? CREAT_FLAGS_FD_UPPER_LAYER_CREAT
	       : layer == LAYER_LOWER ? CREAT_FLAGS_FD_LOWER_LAYER_CREAT
				      : 0;
}

/* The inode of a pipe that the call has just made. */
FILLER __u64 pipe_inode(__u64 descriptors, __s64 ret)
{
	return ret == 0 ? inode_of(user_int(descriptors, 0)) : 0;
}

#endif
