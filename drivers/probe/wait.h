/* SPDX-License-Identifier: GPL-2.0 */
/* Waiting: timeouts, and lists of descriptors. */
#ifndef TRACER_WAIT_H
#define TRACER_WAIT_H

/* A struct timespec in user memory, in nanoseconds. */
FILLER __u64 user_timespec(const struct call *call, __u64 address)
{
	return user_long(call, address, 0) * SECOND_NS + user_long(call, address, 1);
}

struct user_pollfd {
	__s32 fd;
	__s16 events;
	__s16 revents;
};

#define POLL_MAX 128 /* descriptors looked at */
#define POLL_ENTRY_SIZE 10 /* i64 descriptor, u16 flags */

/* The descriptors and what they wait for; or, once the call has returned, those with news and what it is. */
SHARED_FILLER(write_poll_entries, __u64, list, __u32, count, __u32, has_returned)
{
	struct writer *writer = current_writer();
	struct user_pollfd entry;
	volatile __u16 *written; /* in memory, where the verifier does not follow its values */
	__u8 *at;
	__u64 slot;
	__u32 i;

	if (!writer)
		return 0;
	at = writer_at(writer);
	if (!at)
		return 0;
	written = (volatile __u16 *)at;
	*written = 0;
	for (i = 0; i < POLL_MAX; i++) {
		OPAQUE(i);
		if (i >= count)
			break;
		if (read_user(&entry, sizeof(entry), list + i * sizeof(entry)) != 0)
			break;
		if (has_returned && !entry.revents)
			continue;
		slot = *written;
		OPAQUE(slot);
		if (slot >= POLL_MAX)
			break;
		*(__s64 *)(at + 2 + slot * POLL_ENTRY_SIZE) = entry.fd;
		*(__u16 *)(at + 2 + slot * POLL_ENTRY_SIZE + 8) =
			poll_flags(has_returned ? entry.revents : entry.events);
		*written = slot + 1;
	}
	writer_advance(writer, 2 + *written * POLL_ENTRY_SIZE);
	return 0;
}

FILLER void write_poll_list(struct writer *writer, __u64 list, __u64 count, __u64 has_returned)
{
	write_poll_entries(list, count, has_returned);
}

#endif
