/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers in user memory. What cannot be read is zero. */
#ifndef TRACER_USER_H
#define TRACER_USER_H

#define NR_IA32_GETRESUID16 165
#define NR_IA32_GETRESGID16 171

FILLER __u32 user_u32(__u64 address, __u64 offset)
{
	__u32 value = 0;

	read_user(&value, sizeof(value), address + offset);
	return value;
}

FILLER __u64 user_u64(__u64 address, __u64 offset)
{
	__u64 value = 0;

	read_user(&value, sizeof(value), address + offset);
	return value;
}

/* A C int; -1 where it cannot be read. */
FILLER __s64 user_int(__u64 address, __u64 offset)
{
	__s32 value = -1;

	read_user(&value, sizeof(value), address + offset);
	return value;
}

/* Element `index` of an array of longs or pointers; of 4 bytes each in a 32-bit process. Without a branch, since it is
 * read in loops. */
FILLER __u64 user_word(__u32 narrow, __u64 address, __u64 index)
{
	__u64 value = 0;
	__u32 width = 8 - 4 * (narrow & 1);

	read_user(&value, width, address + index * width);
	return value;
}

FILLER __u64 user_long(const struct call *call, __u64 address, __u64 index)
{
	return user_word(call->narrow, address, index);
}

/* The arguments of a 32-bit call that stand in user memory, one after the other. */
FILLER void read_argument_block(struct call *call, __u64 address)
{
	__u32 block[6] = {};
	int i;

	read_user(block, sizeof(block), address);
	for (i = 0; i < 6; i++)
		call->args[i] = block[i];
}

FILLER __u64 pointed_u32(__u64 address)
{
	return user_u32(address, 0);
}

/* A user or group id of 16 bits, where all ones mean none as in the wider ones. */
FILLER __u64 wide_id(__u64 id)
{
	return (__u16)id == 0xffff ? 0xffffffff : (__u16)id;
}

/* A user or group id in memory; the oldest 32-bit calls have them of 16 bits. */
FILLER __u32 user_id(const struct call *call, __u64 address)
{
	__u32 id = user_u32(address, 0);

	return call->compat && (call->number == NR_IA32_GETRESUID16 || call->number == NR_IA32_GETRESGID16) ? (__u16)id
													    : id;
}

/* A long that the call fills in; -1 if it failed. */
FILLER __s64 returned_long(const struct call *call, __u64 address, __u64 index, __s64 ret)
{
	return ret >= 0 ? (__s64)user_long(call, address, index) : -1;
}

FILLER __s64 returned_int(__u64 address, __u64 offset, __s64 ret)
{
	return ret >= 0 ? user_int(address, offset) : -1;
}

FILLER __s64 returned_u64(__u64 address, __u64 offset, __s64 ret)
{
	return ret >= 0 ? (__s64)user_u64(address, offset) : -1;
}

/* A string that the call fills in; empty if it failed. */
FILLER void write_returned_string(struct writer *writer, __u64 address, __s64 ret)
{
	if (ret >= 0)
		write_user_string(writer, address);
	else
		write_empty_string(writer);
}

#endif
