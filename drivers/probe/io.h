/* SPDX-License-Identifier: GPL-2.0 */
/* Data in buffers and vectors of buffers. */
#ifndef TRACER_IO_H
#define TRACER_IO_H

#define VECTOR_MAX 128 /* buffers looked at */

/* Bytes that a vector has room for. */
SHARED_FILLER(vector_bytes, __u32, narrow, __u64, vector, __u64, count)
{
	__u64 total = 0;
	__u32 i;

	for (i = 0; i < VECTOR_MAX; i++) {
		OPAQUE(i);
		if (i >= count)
			break;
		total += user_word(narrow, vector, 2 * i + 1);
	}
	return total;
}

FILLER __u32 vector_size(const struct call *call, __u64 vector, __u64 count)
{
	return vector_bytes(call->narrow, vector, count);
}

SHARED_FILLER(write_vector, __u32, narrow, __u64, vector, __u64, count, __u32, most)
{
	struct writer *writer = current_writer();
	__u32 i;

	if (!writer)
		return 0;
	append_start(writer);
	IN_MEMORY(writer->append_limit) = most;
	for (i = 0; i < VECTOR_MAX; i++) {
		OPAQUE(i);
		if (i >= count)
			break;
		__u64 used = IN_MEMORY(writer->append_size), kept = user_word(narrow, vector, 2 * i + 1);
		__u32 limit = IN_MEMORY(writer->append_limit);
		__u8 *at = append_at(writer);

		if (!at || used >= limit)
			break;
		if (kept > limit - used)
			kept = limit - used;
		OPAQUE(kept);
		if (kept > SNAPLEN_MAX || read_user(at, kept, user_word(narrow, vector, 2 * i)) != 0)
			break;
		append_advance(writer, kept);
	}
	append_end(writer);
	return 0;
}

/* The first `size` bytes in the buffers of a vector, at most `limit`. */
FILLER void write_vector_of(struct writer *writer, __u32 narrow, __u64 vector, __u64 count, __s64 size, __u32 limit)
{
	write_vector(narrow, vector, count, size <= 0 ? 0 : size < limit ? size : limit);
}

FILLER void write_vector_data(struct writer *writer, const struct call *call, __u64 vector, __u64 count, __s64 size)
{
	write_vector_of(writer, call->narrow, vector, count, size, config()->snaplen);
}

/* Data that went over a descriptor, in one buffer or a vector of them. `name` is the address of the far end where the
 * call names one, else 0. */
FILLER void write_passed_data(struct writer *writer, __s64 fd, __u64 name, __u64 address, __s64 size)
{
	write_data_up_to(writer, address, size, data_limit(fd, name, address, size));
}

FILLER void write_passed_vector(struct writer *writer, const struct call *call, __s64 fd, __u64 vector, __u64 count,
				__s64 size)
{
	write_vector_of(writer, call->narrow, vector, count, size, data_limit(fd, 0, 0, 0));
}

#endif
