/* SPDX-License-Identifier: GPL-2.0 */
/* How much of a data buffer is kept: the snap length, or more of what known protocols carry. */
#ifndef TRACER_SNAPLEN_H
#define TRACER_SNAPLEN_H

enum { KERNEL_AF_UNIX = 1, KERNEL_AF_INET = 2, KERNEL_AF_INET6 = 10 };

#define PORT_OFFSET 2 /* in struct sockaddr_in and sockaddr_in6 */

#define KEPT_OF_FULL_CAPTURE 16000
#define KEPT_OF_PROTOCOL 2000
#define KEPT_OF_DNS 512

enum { DNS_PORT = 53, MYSQL_PORT = 3306, POSTGRES_PORT = 5432, MONGODB_PORT = 27017 };

#define LOOKAHEAD 16 /* bytes that tell a protocol */

/* Four bytes of text as they stand in memory. */
#define TEXT4(A, B, C, D) ((__u32)(A) | (__u32)(B) << 8 | (__u32)(C) << 16 | (__u32)(D) << 24)

FILLER __u16 swap_port(__u16 port)
{
	return __builtin_bswap16(port);
}

FILLER int is_mysql(const __u8 *data, __u32 size)
{
	return size >= 5 && ((data[2] == 0 && data[3] == 0) || data[0] == 3 || data[1] == 3 || data[2] == 3 ||
			     data[3] == 3 || data[4] == 3);
}

/* A query, a statement to prepare, a start, an error or a statement to execute. */
FILLER int is_postgres(const __u8 *data, __u32 size)
{
	__u8 kind = data[0];

	return size >= 7 && ((data[1] == 0 && (kind == 'Q' || kind == 'P' || kind == 'E')) ||
			     (data[4] == 0 && data[5] == 3 && data[6] == 0));
}

/* The number of an operation in the header of a message. */
FILLER int is_mongodb(const __u8 *data, __u32 size)
{
	__u32 operation = *(const __u32 *)(data + 12);

	return size >= 16 && (operation == 1 || (operation >= 2001 && operation <= 2007));
}

FILLER int is_http(const __u8 *data, __u32 size)
{
	__u32 word = *(const __u32 *)data;

	return size >= 5 &&
	       (word == TEXT4('G', 'E', 'T', ' ') || word == TEXT4('P', 'O', 'S', 'T') ||
		word == TEXT4('P', 'U', 'T', ' ') || word == TEXT4('D', 'E', 'L', 'E') ||
		word == TEXT4('T', 'R', 'A', 'C') || word == TEXT4('C', 'O', 'N', 'N') ||
		word == TEXT4('O', 'P', 'T', 'I') || (word == TEXT4('H', 'T', 'T', 'P') && data[4] == '/'));
}

FILLER int is_full_capture_port(__u32 port)
{
	return port >= config()->full_capture_from && port <= config()->full_capture_to;
}

/* What is kept of the data at `data` that went over a descriptor. `name` is the address of the far end where the call
 * names one, else 0. Without `size` only ports count. */
SHARED_FILLER(extended_limit, __s32, fd, __u64, name, __u64, data, __u32, size)
{
	struct sock *sock = sock_of(fd);
	__u16 family = sock ? READ(sock, __sk_common.skc_family) : 0;
	__u32 local = 0, remote = 0;
	__u64 looked_at = size;
	__u8 start[LOOKAHEAD] = {};

	if (!sock)
		return 0;
	if (family == KERNEL_AF_INET || family == KERNEL_AF_INET6) {
		__u16 port = READ(sock, __sk_common.skc_dport);

		local = swap_port(READ((struct inet_sock *)sock, inet_sport));
		if (!port && name)
			read_user(&port, sizeof(port), name + PORT_OFFSET);
		remote = swap_port(port);
	}
	if (config()->full_capture_to && (is_full_capture_port(local) || is_full_capture_port(remote)))
		return KEPT_OF_FULL_CAPTURE;
	if (!config()->dynamic_snaplen)
		return 0;
	if (remote && remote == config()->statsd_port)
		return KEPT_OF_PROTOCOL;
	if (remote == DNS_PORT)
		return KEPT_OF_DNS;
	OPAQUE(looked_at);
	if (looked_at > LOOKAHEAD)
		looked_at = LOOKAHEAD;
	if (!looked_at || read_user(start, looked_at, data) != 0)
		return 0;
	if (local == MYSQL_PORT || remote == MYSQL_PORT)
		return is_mysql(start, size) ? KEPT_OF_PROTOCOL : 0;
	if (local == POSTGRES_PORT || remote == POSTGRES_PORT)
		return is_postgres(start, size) ? KEPT_OF_PROTOCOL : 0;
	if (local == MONGODB_PORT || remote == MONGODB_PORT || is_mongodb(start, size))
		return KEPT_OF_PROTOCOL;
	return is_http(start, size) ? KEPT_OF_PROTOCOL : 0;
}

FILLER __u32 data_limit(__s64 fd, __u64 name, __u64 data, __s64 size)
{
	__u32 limit = config()->snaplen, extended = 0;

	if (config()->dynamic_snaplen || config()->full_capture_to)
		extended = extended_limit(fd, name, data, positive(size));
	return extended > limit ? extended : limit;
}

#endif
