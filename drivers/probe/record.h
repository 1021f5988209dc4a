/* SPDX-License-Identifier: GPL-2.0 */
/* The event record, and the writer that puts one together value by value. */
#ifndef TRACER_RECORD_H
#define TRACER_RECORD_H

struct event_header {
	__u64 timestamp; /* nanoseconds since the epoch */
	__u64 tid;
	__u32 length; /* of the whole record */
	__u16 type;
	__u32 param_count;
} __attribute__((packed));

/* A field of a record as one store: a compiler for BPF takes those of packed structures for single bytes. */
#define SET(FIELD, VALUE) (*(__typeof__(FIELD) *)(void *)&(FIELD) = (VALUE))

/* One system call, as fillers see it. */
struct call {
	__u64 args[6];
	__s64 ret;
	__u16 number; /* the architecture's */
	__u16 id; /* PPM_SC_* */
	__u16 exit_event;
	__u16 compat; /* a 32-bit call */
	__u16 narrow; /* longs and pointers in user memory are 4 bytes wide */
	__u16 layout; /* enum argument_layout */
	__u32 tid, tgid; /* once NOTE_CALLER was there */
};

#define RECORD_MAX 65536
#define VALUE_MAX                                                                                                      \
	65536 /* room behind RECORD_MAX, so that a value that starts in bounds ends in bounds; twice, since            \
	       * the verifier bounds where a piece of it starts and how long it is each on its own */
#define STRING_MAX 4096
#define PARAMS_MAX 40
#define PATH_SCRATCH (STRING_MAX + 256)

struct writer {
	__u32 busy;
	__u32 size; /* bytes of `record` in use */
	__u32 param; /* the next one to write */
	__u32 param_count;
	__u32 tid;
	__u32 unused;
	__u8 record[RECORD_MAX + 2 * VALUE_MAX];
	__u32 append_size; /* bytes of a value that is put together piece by piece */
	__u32 append_limit; /* how many there may be, where that is known beforehand */
	__u64 path_start; /* see paths.h */
	__u8 path[PATH_SCRATCH];
	__u8 name[256];
};

PER_CPU_WRITER

/* A number that is not to be kept in a register, where the verifier would follow its values. */
#ifndef IN_MEMORY
#define IN_MEMORY(NUMBER) (*(volatile __typeof__(NUMBER) *)&(NUMBER))
#endif

/* Where a call makes several records: passes on the one that the writer holds and starts another of the same event.
 * `origin` is the call's id. */
DECLARE_SHARED_FILLER(next_record, __u32, origin);

/* Whether a number is below LOW or above HIGH. The verifier understands the two comparisons, but not the one that the
 * compiler would make of them. */
#define IS_OUTSIDE(NUMBER, LOW, HIGH)                                                                                  \
	({                                                                                                             \
		int is_outside = (NUMBER) > (HIGH);                                                                    \
		if (!is_outside) {                                                                                     \
			OPAQUE(NUMBER);                                                                                \
			is_outside = (NUMBER) < (LOW);                                                                 \
		}                                                                                                      \
		is_outside;                                                                                            \
	})

/* Where the next value goes; null if the record is full. At least VALUE_MAX bytes may be written there. */
FILLER __u8 *writer_at(struct writer *writer)
{
	__u64 at = IN_MEMORY(writer->size);

	OPAQUE(at);
	if (at > RECORD_MAX)
		return 0;
	return &writer->record[at];
}

/* Says that the next parameter took `size` bytes. */
FILLER void writer_advance(struct writer *writer, __u32 size)
{
	__u64 param = IN_MEMORY(writer->param);
	__u16 *lengths = (__u16 *)(writer->record + sizeof(struct event_header));

	OPAQUE(param);
	if (param < PARAMS_MAX)
		lengths[param] = size;
	IN_MEMORY(writer->param) = param + 1;
	IN_MEMORY(writer->size) += size;
}

FILLER void writer_start(struct writer *writer, __u16 type, __u32 param_count)
{
	struct event_header *header = (struct event_header *)writer->record;

	SET(header->type, type);
	SET(header->param_count, param_count);
	writer->param = 0;
	writer->param_count = param_count;
	writer->size = sizeof(struct event_header) + param_count * sizeof(__u16);
}

#define DEFINE_WRITE(NAME, TYPE)                                                                                       \
	FILLER void NAME(struct writer *writer, TYPE value)                                                            \
	{                                                                                                              \
		__u8 *at = writer_at(writer);                                                                          \
		if (at)                                                                                                \
			*(TYPE *)at = value;                                                                           \
		writer_advance(writer, sizeof(TYPE));                                                                  \
	}
DEFINE_WRITE(write_u8, __u8)
DEFINE_WRITE(write_u16, __u16)
DEFINE_WRITE(write_u32, __u32)
DEFINE_WRITE(write_u64, __u64)

FILLER void write_empty(struct writer *writer)
{
	writer_advance(writer, 0);
}

FILLER void write_empty_string(struct writer *writer)
{
	write_u8(writer, 0);
}

FILLER int is_enter_record(const struct writer *writer)
{
	const struct event_header *header = (const struct event_header *)writer->record;

	return header->type % 2 == 0;
}

/* A NUL-terminated string of user memory, "(NULL)" for a null pointer and "<NA>" for one that cannot be read. At the
 * start of a call the page may just not be there yet: then "(NULL)" too, for which readers take the exit event's text.
 */
FILLER void write_user_string(struct writer *writer, __u64 address)
{
	__u8 *at = writer_at(writer);
	long size;

	if (!at)
		return;
	size = address ? read_user_string(at, STRING_MAX, address) : 0;
	if (size <= 0 && (!address || is_enter_record(writer))) {
		__builtin_memcpy(at, "(NULL)", 7);
		size = 7;
	} else if (size <= 0) {
		__builtin_memcpy(at, "<NA>", 5);
		size = 5;
	}
	writer_advance(writer, size);
}

/* The first bytes of a buffer, at most `limit`; nothing after a failed call. */
FILLER void write_data_up_to(struct writer *writer, __u64 address, __s64 size, __u32 limit)
{
	__u8 *at = writer_at(writer);
	__u32 kept = size < limit ? size : limit;

	if (!at)
		return;
	OPAQUE(kept);
	kept &= VALUE_MAX - 1;
	if (size <= 0 || read_user(at, kept, address) != 0)
		kept = 0;
	writer_advance(writer, kept);
}

/* The same up to the snap length. */
FILLER void write_data(struct writer *writer, __u64 address, __s64 size)
{
	write_data_up_to(writer, address, size, config()->snaplen);
}

/* A value in pieces: start, then for each piece write to `append_at` and advance, then end. */
FILLER void append_start(struct writer *writer)
{
	IN_MEMORY(writer->append_size) = 0;
}

/* Where the next piece goes; null if the record is full. At least VALUE_MAX bytes may be written there. */
FILLER __u8 *append_at(struct writer *writer)
{
	__u8 *at = writer_at(writer);
	__u64 used = IN_MEMORY(writer->append_size);

	OPAQUE(used);
	if (!at || used > VALUE_MAX)
		return 0;
	return at + used;
}

FILLER void append_advance(struct writer *writer, __u32 size)
{
	IN_MEMORY(writer->append_size) += size;
}

FILLER void append_end(struct writer *writer)
{
	writer_advance(writer, IN_MEMORY(writer->append_size));
}

#endif
