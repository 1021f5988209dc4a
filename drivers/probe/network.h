/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets: addresses, tuples of addresses, options, messages. */
#ifndef TRACER_NETWORK_H
#define TRACER_NETWORK_H

#define KERNEL_EINPROGRESS 115
#define UNIX_PATH_MAX_BYTES 108
#define SOCKADDR_MAX 128

/* struct sockaddr_in and sockaddr_in6. */
#define IPV4_OFFSET 4
#define IPV6_OFFSET 8

/* A name of the Unix family in `name`, `size` bytes: a path, or, behind a NUL, an abstract name that is shown behind @.
 */
FILLER __u32 put_unix_name(__u8 *at, const __u8 *name, __u64 size)
{
	OPAQUE(size);
	if (IS_OUTSIDE(size, 1, UNIX_PATH_MAX_BYTES)) {
		at[0] = 0;
		return 1;
	}
	read_kernel(at, size, name);
	at[size] = 0;
	if (at[0] == 0 && size > 1)
		at[0] = '@';
	size = read_kernel_string(at, UNIX_PATH_MAX_BYTES + 1, at);
	return size <= UNIX_PATH_MAX_BYTES + 1 ? size : 1;
}

/* A socket address in user memory: u8 family, then address and port, or path. Empty where it is none of the three. */
SHARED_FILLER(write_sockaddr_at, __u64, address, __u32, size)
{
	struct writer *writer = current_writer();
	__u8 *at, *name;
	__u64 kept = size;
	__u32 used = 0;
	__u16 family;

	if (!writer)
		return 0;
	at = writer_at(writer);
	name = writer->name;
	OPAQUE(kept);
	if (kept > SOCKADDR_MAX)
		kept = SOCKADDR_MAX;
	if (!at)
		return 0;
	if (kept < sizeof(family) || read_user(name, kept, address) != 0) {
		writer_advance(writer, 0);
		return 0;
	}
	family = *(__u16 *)name;
	at[0] = family;
	if (family == KERNEL_AF_INET && kept >= IPV4_OFFSET + 4) {
		*(__u32 *)(at + 1) = *(__u32 *)(name + IPV4_OFFSET);
		*(__u16 *)(at + 5) = swap_port(*(__u16 *)(name + PORT_OFFSET));
		used = 7;
	} else if (family == KERNEL_AF_INET6 && kept >= IPV6_OFFSET + 16) {
		__builtin_memcpy(at + 1, name + IPV6_OFFSET, 16);
		*(__u16 *)(at + 17) = swap_port(*(__u16 *)(name + PORT_OFFSET));
		used = 19;
	} else if (family == KERNEL_AF_UNIX) {
		/* A path may end before its size says so; behind the end it has is nothing of it. */
		kept -= sizeof(family);
		used = 1 + put_unix_name(at + 1, name + sizeof(family), kept);
	}
	writer_advance(writer, used);
	return 0;
}

FILLER void write_sockaddr(struct writer *writer, __u64 address, __u64 size)
{
	write_sockaddr_at(address, size);
}

/* One end of a tuple. */
struct inet_end {
	__u32 address;
	__u16 port;
};

struct inet6_end {
	__u8 address[16];
	__u16 port;
};

FILLER void put_inet_end(__u8 *at, const struct inet_end *end)
{
	*(__u32 *)at = end->address;
	*(__u16 *)(at + 4) = swap_port(end->port);
}

FILLER void put_inet6_end(__u8 *at, const struct inet6_end *end)
{
	__builtin_memcpy(at, end->address, 16);
	*(__u16 *)(at + 16) = swap_port(end->port);
}

/* Path or abstract name of a bound Unix socket. */
FILLER __u32 put_bound_name(struct writer *writer, __u8 *at, struct unix_sock *sock)
{
	struct unix_address *address = READ(sock, addr);
	__u64 size = address ? READ(address, len) : 0;

	OPAQUE(size);
	if (IS_OUTSIDE(size, 3, UNIX_PATH_MAX_BYTES + 2)) {
		at[0] = 0;
		return 1;
	}
	size -= 2;
	OPAQUE(size);
	if (size > UNIX_PATH_MAX_BYTES)
		return 0;
	read_kernel(writer->name, size, (const char *)ADDRESS_OF(address, name) + 2);
	return put_unix_name(at, writer->name, size);
}

/* u8 family, then source and destination (address, port), or, in the Unix family, both kernel addresses and the name of
 * the receiving end. `user_address` names the far end of a socket that is not connected; 0 if nothing does. */
SHARED_FILLER(write_tuple_of, __s64, fd, __u64, user_address, __u32, is_inbound)
{
	struct writer *writer = current_writer();
	struct sock *sock = sock_of(fd);
	__u16 family = sock ? READ(sock, __sk_common.skc_family) : 0;
	__u8 *at;
	__u32 used = 0;

	if (!writer)
		return 0;
	at = writer_at(writer);
	if (!at)
		return 0;
	at[0] = family;
	if (family == KERNEL_AF_INET) {
		struct inet_end local = {READ((struct inet_sock *)sock, inet_saddr),
					 READ((struct inet_sock *)sock, inet_sport)};
		struct inet_end remote = {READ(sock, __sk_common.skc_daddr), READ(sock, __sk_common.skc_dport)};

		if (!remote.port && user_address) {
			read_user(&remote.port, sizeof(remote.port), user_address + PORT_OFFSET);
			read_user(&remote.address, sizeof(remote.address), user_address + IPV4_OFFSET);
		}
		put_inet_end(at + 1, is_inbound ? &remote : &local);
		put_inet_end(at + 7, is_inbound ? &local : &remote);
		used = 13;
	} else if (family == KERNEL_AF_INET6) {
		struct inet6_end local = {{}, READ((struct inet_sock *)sock, inet_sport)};
		struct inet6_end remote = {{}, READ(sock, __sk_common.skc_dport)};
		struct ipv6_pinfo *info = ipv6_info_of(sock);

		if (info)
			read_kernel(local.address, 16, ADDRESS_OF(info, saddr));
		read_kernel(remote.address, 16, ADDRESS_OF(sock, __sk_common.skc_v6_daddr));
		if (!remote.port && user_address) {
			read_user(&remote.port, sizeof(remote.port), user_address + PORT_OFFSET);
			read_user(remote.address, 16, user_address + IPV6_OFFSET);
		}
		put_inet6_end(at + 1, is_inbound ? &remote : &local);
		put_inet6_end(at + 19, is_inbound ? &local : &remote);
		used = 37;
	} else if (family == KERNEL_AF_UNIX) {
		struct unix_sock *local = (struct unix_sock *)sock;
		struct unix_sock *remote = (struct unix_sock *)READ(local, peer);

		*(__u64 *)(at + 1) = is_inbound ? (__u64)local : (__u64)remote;
		*(__u64 *)(at + 9) = is_inbound ? (__u64)remote : (__u64)local;
		if (!is_inbound && !remote && user_address) {
			read_user(writer->name, UNIX_PATH_MAX_BYTES, user_address + 2);
			used = 17 + put_unix_name(at + 17, writer->name, UNIX_PATH_MAX_BYTES);
		} else {
			used = 17 + put_bound_name(writer, at + 17, is_inbound ? local : remote);
		}
	}
	writer_advance(writer, used);
	return 0;
}

/* The tuple of a socket that sends. */
FILLER void write_outbound(struct writer *writer, __s64 fd, __u64 user_address, __s64 ret)
{
	if (ret >= 0)
		write_tuple_of((__s32)fd, user_address, 0);
	else
		write_empty(writer);
}

/* The tuple of a socket that receives, or of one that has been accepted. */
FILLER void write_inbound(struct writer *writer, __s64 fd, __u64 user_address, __s64 ret)
{
	if (ret >= 0)
		write_tuple_of((__s32)fd, user_address, 1);
	else
		write_empty(writer);
}

/* The tuple of a socket that connects or has begun to. */
FILLER void write_connecting(struct writer *writer, __s64 fd, __u64 user_address, __s64 ret)
{
	write_outbound(writer, fd, user_address, ret == -KERNEL_EINPROGRESS ? 0 : ret);
}

/* How many connections wait for a listening socket to accept them. In the Unix family they wait as messages do. */
FILLER __u32 queue_length(__s64 fd, __s64 ret)
{
	struct sock *sock = ret >= 0 ? sock_of((__s32)fd) : 0;

	if (READ(sock, __sk_common.skc_family) == KERNEL_AF_UNIX)
		return READ(sock, sk_receive_queue.qlen);
	return READ(sock, sk_ack_backlog);
}

FILLER __u32 queue_limit(__s64 fd, __s64 ret)
{
	return ret >= 0 ? READ(sock_of((__s32)fd), sk_max_ack_backlog) : 0;
}

FILLER __u8 queue_percent(__s64 fd, __s64 ret)
{
	__u64 length = queue_length(fd, ret), limit = queue_limit(fd, ret);

	return limit ? length * 100 / limit : 0;
}

/* Kernel addresses of both ends of a new pair of sockets. */
FILLER __u64 pair_source(__u64 descriptors, __s64 ret)
{
	return ret == 0 ? (__u64)sock_of(user_int(descriptors, 0)) : 0;
}

FILLER __u64 pair_peer(__u64 descriptors, __s64 ret)
{
	struct unix_sock *sock = (struct unix_sock *)pair_source(descriptors, ret);

	return sock ? (__u64)READ(sock, peer) : 0;
}

/* Messages: struct msghdr is name, length of name, vector, its count, control data, its length, all in words. */
enum {
	MESSAGE_NAME,
	MESSAGE_NAME_SIZE,
	MESSAGE_VECTOR,
	MESSAGE_COUNT,
	MESSAGE_CONTROL,
	MESSAGE_CONTROL_SIZE,
	MESSAGE_WORDS = 7
};

FILLER __u64 message_name(const struct call *call, __u64 message)
{
	return user_long(call, message, MESSAGE_NAME);
}

FILLER __u32 message_size(const struct call *call, __u64 message)
{
	return vector_size(call, user_long(call, message, MESSAGE_VECTOR), user_long(call, message, MESSAGE_COUNT));
}

FILLER void write_message_data(struct writer *writer, const struct call *call, __s64 fd, __u64 message, __s64 size)
{
	write_vector_of(writer, call->narrow, user_long(call, message, MESSAGE_VECTOR),
			user_long(call, message, MESSAGE_COUNT), size,
			data_limit(fd, message_name(call, message), 0, 0));
}

/* Control data that came with a message; descriptors that were passed are in it. */
FILLER void write_message_control(struct writer *writer, const struct call *call, __u64 message, __s64 ret)
{
	__u64 size = ret >= 0 ? user_long(call, message, MESSAGE_CONTROL_SIZE) : 0;
	__u64 address = user_long(call, message, MESSAGE_CONTROL);
	__u8 *at = writer_at(writer);

	if (!at)
		return;
	if (size > STRING_MAX)
		size = STRING_MAX;
	OPAQUE(size);
	if (size > STRING_MAX || !address || read_user(at, size, address) != 0)
		size = 0;
	writer_advance(writer, size);
}

#define MESSAGES_MAX 1024 /* the kernel passes no more at once */

/* A message of sendmmsg or recvmmsg: one of a list of struct mmsghdr, where the kernel writes each one's size behind
 * it.
 */
SHARED_FILLER(fill_message, __u64, messages, __u32, index, __s32, fd, __u32, narrow, __u32, is_inbound)
{
	const struct call call = {.narrow = narrow};
	__u32 word = 8 - 4 * (narrow & 1);
	__u64 message = messages + (__u64)index * (MESSAGE_WORDS + 1) * word;
	__u32 size = user_u32(message, MESSAGE_WORDS * word);
	struct writer *writer = current_writer();

	if (!writer)
		return 0;
	write_u64(writer, size);
	write_u64(writer, fd);
	write_u32(writer, is_inbound ? size : message_size(&call, message));
	write_message_data(writer, &call, fd, message, is_inbound ? size : done_or_all(size));
	write_tuple_of(fd, message_name(&call, message), is_inbound);
	if (is_inbound)
		write_message_control(writer, &call, message, size);
	return 0;
}

/* A record for each message that was passed; one for none. */
FILLER void fill_messages(struct writer *writer, const struct call *call, __u32 is_inbound)
{
	__u32 i;

	if (call->ret <= 0) {
		write_u64(writer, call->ret);
		write_u64(writer, as_int(call->args[0]));
		write_u32(writer, 0);
		write_empty(writer);
		write_empty(writer);
		if (is_inbound)
			write_empty(writer);
		return;
	}
	for (i = 0; i < MESSAGES_MAX; i++) {
		OPAQUE(i);
		if (i >= call->ret)
			break;
		if (i > 0)
			next_record(call->id);
		fill_message(call->args[1], i, call->args[0], call->narrow, is_inbound);
	}
}

FILLER void fill_socket_sendmmsg_x(struct writer *writer, const struct call *call)
{
	fill_messages(writer, call, 0);
}

FILLER void fill_socket_recvmmsg_x(struct writer *writer, const struct call *call)
{
	fill_messages(writer, call, 1);
}

enum { KERNEL_SOL_SOCKET = 1, KERNEL_SOL_TCP = 6 };
enum {
	KERNEL_SO_ERROR = 4,
	KERNEL_SO_LINGER = 13,
	KERNEL_SO_PEERCRED = 17,
	KERNEL_SO_RCVTIMEO = 20,
	KERNEL_SO_SNDTIMEO = 21,
	KERNEL_SO_ATTACH_FILTER = 26,
	KERNEL_SO_PEERNAME = 28,
	KERNEL_SO_LAST_SAME = 50,
	KERNEL_SO_MEMINFO = 55,
	KERNEL_SO_COOKIE = 57,
	KERNEL_SO_PEERGROUPS = 59,
	KERNEL_SO_TIMESTAMP_NEW = 63,
	KERNEL_SO_TIMESTAMPNS_NEW,
	KERNEL_SO_TIMESTAMPING_NEW,
	KERNEL_SO_RCVTIMEO_NEW,
	KERNEL_SO_SNDTIMEO_NEW
};

FILLER __u8 option_level(__u64 level)
{
	return (__u32)level == KERNEL_SOL_SOCKET ? SOCKOPT_LEVELS_SOL_SOCKET
	       : (__u32)level == KERNEL_SOL_TCP	 ? SOCKOPT_LEVELS_SOL_TCP
						 : SOCKOPT_LEVELS_UNKNOWN;
}

#define SOCKET_OPTION(NAME) SOCKOPT_OPTIONS_SO_##NAME
static const __u8 newer_options[] = {
	[KERNEL_SO_MEMINFO - KERNEL_SO_MEMINFO] = SOCKET_OPTION(MEMINFO),
	[KERNEL_SO_COOKIE - KERNEL_SO_MEMINFO] = SOCKET_OPTION(COOKIE),
	[KERNEL_SO_PEERGROUPS - KERNEL_SO_MEMINFO] = SOCKET_OPTION(PEERGROUPS),
	[KERNEL_SO_TIMESTAMP_NEW - KERNEL_SO_MEMINFO] = SOCKET_OPTION(TIMESTAMP),
	[KERNEL_SO_TIMESTAMPNS_NEW - KERNEL_SO_MEMINFO] = SOCKET_OPTION(TIMESTAMPNS),
	[KERNEL_SO_TIMESTAMPING_NEW - KERNEL_SO_MEMINFO] = SOCKET_OPTION(TIMESTAMPING),
	[KERNEL_SO_RCVTIMEO_NEW - KERNEL_SO_MEMINFO] = SOCKET_OPTION(RCVTIMEO),
	[KERNEL_SO_SNDTIMEO_NEW - KERNEL_SO_MEMINFO] = SOCKET_OPTION(SNDTIMEO),
};

FILLER __u8 option_name(__u64 level, __u64 option)
{
	__u64 number = (__u32)option, newer = number - KERNEL_SO_MEMINFO;

	if ((__u32)level != KERNEL_SOL_SOCKET)
		return SOCKOPT_OPTIONS_UNKNOWN;
	return number <= KERNEL_SO_LAST_SAME ? number : LOOK_UP(newer_options, newer);
}

enum { OPTION_BYTES, OPTION_ERROR, OPTION_U32, OPTION_U64, OPTION_TIME };

/* struct timeval; its parts are longs in the options that carry it under their first name. */
FILLER __u64 user_timeval(__u32 narrow, __u64 address)
{
	return user_word(narrow, address, 0) * SECOND_NS + user_word(narrow, address, 1) * 1000;
}

SHARED_FILLER(write_option_at, __u32, narrow, __u32, level, __u32, option, __u64, address, __u32, size)
{
	struct writer *writer = current_writer();
	__u8 name = option_name(level, option);
	__u64 kept = size;
	__u8 *at;

	if (!writer)
		return 0;
	if (name == SOCKET_OPTION(ERROR)) {
		write_dynamic_u64(writer, OPTION_ERROR, -(__s64)(__s32)user_u32(address, 0));
	} else if (name == SOCKET_OPTION(RCVTIMEO) || name == SOCKET_OPTION(SNDTIMEO)) {
		write_dynamic_u64(writer, OPTION_TIME, user_timeval(option < KERNEL_SO_MEMINFO ? narrow : 0, address));
	} else if (name == SOCKET_OPTION(COOKIE)) {
		write_dynamic_u64(writer, OPTION_U64, user_u64(address, 0));
	} else if (level == KERNEL_SOL_SOCKET && size == sizeof(__u32)) {
		write_dynamic_u32(writer, OPTION_U32, user_u32(address, 0));
	} else {
		at = writer_at(writer);
		if (!at)
			return 0;
		if (kept > SOCKADDR_MAX)
			kept = SOCKADDR_MAX;
		OPAQUE(kept);
		at[0] = OPTION_BYTES;
		if (kept > SOCKADDR_MAX || read_user(at + 1, kept, address) != 0)
			kept = 0;
		writer_advance(writer, 1 + kept);
	}
	return 0;
}

FILLER void write_option_value(struct writer *writer, const struct call *call, __u64 level, __u64 option, __u64 address,
			       __u64 size)
{
	write_option_at(call->narrow, level, option, address, size);
}

#endif
