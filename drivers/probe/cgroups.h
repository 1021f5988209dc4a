/* SPDX-License-Identifier: GPL-2.0 */
/* Control groups of a task: "cpu=/path" for each controller that scap knows, NUL-terminated, one after the other. */
#ifndef TRACER_CGROUPS_H
#define TRACER_CGROUPS_H

#define CGROUP_DEPTH_MAX 24
#define CGROUP_NAME_MAX 255

/* The cgroup of a task for one controller. */
FILLER struct cgroup *task_controller_cgroup(struct task_struct *task, __u32 controller)
{
	struct css_set *set = READ(task, cgroups);
	struct cgroup_subsys_state *state = 0;

	read_kernel(&state, sizeof(state),
		    (const char *)set + FIELD_OFFSET(struct css_set, subsys) + controller * sizeof(state));
	return READ(state, cgroup);
}

/* Appends "NAME=/path\0" to the value being built. */
SHARED_FILLER(append_cgroup, __u64, task, __u32, controller, __u64, name, __u32, name_size)
{
	struct writer *writer = current_writer();
	struct cgroup *cgroup = task_controller_cgroup((struct task_struct *)task, controller);
	struct kernfs_node *node = READ(cgroup, kn), *parent;
	volatile __u64 *start;
	__u64 end, size;
	__u8 *at;
	int i;

	if (!writer || !node)
		return 0;
	start = &writer->path_start;
	at = append_at(writer);
	if (!at)
		return 0;
	*(__u64 *)at = name;
	append_advance(writer, name_size);
	*start = STRING_MAX - 1;
	writer->path[STRING_MAX - 1] = 0;
	for (i = 0; i < CGROUP_DEPTH_MAX; i++) {
		OPAQUE(i);
		parent = kernfs_parent(node);
		if (!parent)
			break;
		end = *start;
		OPAQUE(end);
		if (IS_OUTSIDE(end, CGROUP_NAME_MAX + 1, STRING_MAX - 1))
			break;
		/* The name's length is not kept anywhere: read it behind its place, then move it there. */
		size = read_kernel_string(writer->name, sizeof(writer->name), READ(node, name));
		OPAQUE(size);
		if (IS_OUTSIDE(size, 2, CGROUP_NAME_MAX + 1))
			break;
		size -= 1;
		OPAQUE(size);
		size &= CGROUP_NAME_MAX;
		end -= size;
		OPAQUE(end);
		if (IS_OUTSIDE(end, 1, STRING_MAX - 1))
			break;
		read_kernel(&writer->path[end], size, writer->name);
		writer->path[end - 1] = '/';
		*start = end - 1;
		node = parent;
	}
	end = *start;
	OPAQUE(end);
	at = append_at(writer);
	if (!at || end > STRING_MAX - 1)
		return 0;
	if (end == STRING_MAX - 1) {
		at[0] = '/';
		at[1] = 0;
		append_advance(writer, 2);
		return 0;
	}
	size = STRING_MAX - end;
	OPAQUE(size);
	if (size > STRING_MAX)
		return 0;
	read_kernel(at, size, &writer->path[end]);
	append_advance(writer, size);
	return 0;
}

/* Up to eight bytes of text as a number, first byte lowest. */
#define TEXT8(A, B, C, D, E, F, G, H)                                                                                  \
	((__u64)(A) | (__u64)(B) << 8 | (__u64)(C) << 16 | (__u64)(D) << 24 | (__u64)(E) << 32 | (__u64)(F) << 40 |    \
	 (__u64)(G) << 48 | (__u64)(H) << 56)

#define APPEND_CONTROLLER(TASK, NAME, TEXT, SIZE)                                                                      \
	do {                                                                                                           \
		int controller = CONTROLLER(NAME);                                                                     \
		if (controller >= 0)                                                                                   \
			append_cgroup((__u64)(TASK), controller, TEXT, SIZE);                                          \
	} while (0)

FILLER void write_cgroups(struct writer *writer, struct task_struct *task)
{
	append_start(writer);
	APPEND_CONTROLLER(task, cpuset, TEXT8('c', 'p', 'u', 's', 'e', 't', '=', 0), 7);
	APPEND_CONTROLLER(task, cpu, TEXT8('c', 'p', 'u', '=', 0, 0, 0, 0), 4);
	APPEND_CONTROLLER(task, cpuacct, TEXT8('c', 'p', 'u', 'a', 'c', 'c', 't', '='), 8);
	APPEND_CONTROLLER(task, io, TEXT8('i', 'o', '=', 0, 0, 0, 0, 0), 3);
	APPEND_CONTROLLER(task, memory, TEXT8('m', 'e', 'm', 'o', 'r', 'y', '=', 0), 7);
	append_end(writer);
}

#endif
