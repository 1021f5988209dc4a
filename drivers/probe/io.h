/* SPDX-License-Identifier: GPL-2.0 */
/* Data in vectors of buffers. */
#ifndef TRACER_IO_H
#define TRACER_IO_H

#define VECTOR_MAX 128 /* buffers looked at */

/* Bytes that a vector has room for. */
FILLER __u32 vector_size(const struct call *call, __u64 vector, __u64 count)
{
	__u64 total = 0;
	__u32 i;

	for (i = 0; i < VECTOR_MAX && i < count; i++)
		total += user_long(call, vector, 2 * i + 1);
	return total;
}

/* The first `size` bytes in the buffers of a vector, up to the snap length. */
FILLER void write_vector_data(struct writer *writer, const struct call *call, __u64 vector, __u64 count, __s64 size)
{
	__u8 *start = writer_at(writer);
	__u32 limit = size < config()->snaplen ? size : config()->snaplen;
	__u64 used = 0;
	__u32 i;

	if (!start)
		return;
	if (size <= 0)
		limit = 0;
	for (i = 0; i < VECTOR_MAX && i < count && used < limit; i++) {
		__u64 kept = user_long(call, vector, 2 * i + 1);

		if (kept > limit - used)
			kept = limit - used;
		OPAQUE(kept);
		OPAQUE(used);
		if (used >= SNAPLEN_MAX || kept > SNAPLEN_MAX - used)
			break;
		if (read_user(start + used, kept, user_long(call, vector, 2 * i)) != 0)
			break;
		used += kept;
	}
	writer_advance(writer, used);
}

#endif
