/* SPDX-License-Identifier: GPL-2.0 */
/* The absolute path of an open file or a directory, put together from its directory entries. */
#ifndef TRACER_PATHS_H
#define TRACER_PATHS_H

#define PATH_DEPTH_MAX 64 /* directories and mount points; of a deeper path the lower part is kept */
#define NAME_MAX_BYTES 255

/* From the last name to the first, each put before what is already there. Where the path starts is kept in memory,
 * since the verifier would follow each of its values. */
SHARED_FILLER(write_path, __u64, path)
{
	struct writer *writer = current_writer();
	struct dentry *dentry = READ((const struct path *)path, dentry), *parent, *root;
	struct vfsmount *vfsmount = READ((const struct path *)path, mnt);
	struct mount *mount, *mount_parent;
	volatile __u64 *start;
	__u64 end, size;
	__u8 *at;
	int i;

	if (!writer)
		return 0;
	start = &writer->path_start;
	at = writer_at(writer);
	if (!at)
		return 0;
	if (!dentry) {
		write_empty_string(writer);
		return 0;
	}
	*start = STRING_MAX - 1;
	writer->path[STRING_MAX - 1] = 0;
	for (i = 0; i < PATH_DEPTH_MAX; i++) {
		OPAQUE(i);
		parent = READ(dentry, d_parent);
		root = READ(vfsmount, mnt_root);
		if (dentry == root) {
			mount = CONTAINER_OF(vfsmount, struct mount, mnt);
			mount_parent = READ(mount, mnt_parent);
			if (mount == mount_parent)
				break;
			dentry = READ(mount, mnt_mountpoint);
			vfsmount = ADDRESS_OF(mount_parent, mnt);
			continue;
		}
		if (dentry == parent)
			break;
		size = READ(dentry, d_name.len);
		size &= NAME_MAX_BYTES;
		OPAQUE(size);
		size &= NAME_MAX_BYTES;
		end = *start;
		OPAQUE(end);
		if (IS_OUTSIDE(end, NAME_MAX_BYTES + 1, STRING_MAX - 1))
			break;
		end -= size;
		OPAQUE(end);
		if (IS_OUTSIDE(end, 1, STRING_MAX - 1))
			break;
		read_kernel(&writer->path[end], size, READ(dentry, d_name.name));
		writer->path[end - 1] = '/';
		*start = end - 1;
		dentry = parent;
	}
	end = *start;
	OPAQUE(end);
	if (end >= STRING_MAX - 1) {
		/* Nothing above it: the root directory, or a file of no directory, which has only its own name. */
		at[0] = '/';
		at[1] = 0;
		size = 2;
		if (dentry != READ(vfsmount, mnt_root))
			size = 1 + read_kernel_string(at + 1, NAME_MAX_BYTES, READ(dentry, d_name.name));
		writer_advance(writer, size <= NAME_MAX_BYTES ? size : 2);
		return 0;
	}
	size = STRING_MAX - end;
	OPAQUE(size);
	if (size > STRING_MAX)
		return 0;
	read_kernel(at, size, &writer->path[end]);
	writer_advance(writer, size);
	return 0;
}

/* The path of an open file. */
FILLER void write_file_path(struct writer *writer, struct file *file)
{
	if (file)
		write_path((__u64)ADDRESS_OF(file, f_path));
	else
		write_empty_string(writer);
}

FILLER void write_path_of_descriptor(struct writer *writer, __s64 fd)
{
	write_file_path(writer, file_of(fd));
}

#endif
