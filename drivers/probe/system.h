/* SPDX-License-Identifier: GPL-2.0 */
/* Calls whose arguments mean something else with every operation: ptrace, prctl, fsconfig, keyctl. */
#ifndef TRACER_SYSTEM_H
#define TRACER_SYSTEM_H

/* A dynamic parameter: which of its alternatives, then the value. */
#define DEFINE_WRITE_DYNAMIC(NAME, TYPE)                                                                               \
	FILLER void NAME(struct writer *writer, __u8 alternative, TYPE value)                                          \
	{                                                                                                              \
		__u8 *at = writer_at(writer);                                                                          \
		if (!at)                                                                                               \
			return;                                                                                        \
		at[0] = alternative;                                                                                   \
		*(TYPE *)(at + 1) = value;                                                                             \
		writer_advance(writer, 1 + sizeof(TYPE));                                                              \
	}
DEFINE_WRITE_DYNAMIC(write_dynamic_u8, __u8)
DEFINE_WRITE_DYNAMIC(write_dynamic_u32, __u32)
DEFINE_WRITE_DYNAMIC(write_dynamic_u64, __u64)

enum { PTRACE_VALUE, PTRACE_SIGNAL };

FILLER void write_ptrace_addr(struct writer *writer, __u64 address, __s64 ret)
{
	write_dynamic_u64(writer, PTRACE_VALUE, ret >= 0 ? address : 0);
}

FILLER void write_ptrace_data(struct writer *writer, const struct call *call, __u64 request, __u64 data, __s64 ret)
{
	__u64 kind = ptrace_kind(request);

	if (ret < 0)
		write_dynamic_u64(writer, PTRACE_VALUE, 0);
	else if (kind >= PTRACE(PEEKTEXT) && kind <= PTRACE(PEEKUSR))
		write_dynamic_u64(writer, PTRACE_VALUE, user_long(call, data, 0));
	else if (kind == PTRACE(CONT) || kind == PTRACE(SINGLESTEP) || kind == PTRACE(DETACH) ||
		 kind == PTRACE(SYSCALL))
		write_dynamic_u8(writer, PTRACE_SIGNAL, data);
	else
		write_dynamic_u64(writer, PTRACE_VALUE, data);
}

/* The second argument is a name for some options of prctl, a number for the others. */
FILLER int prctl_has_name(__u64 option)
{
	return (__u32)option == PRCTL_OPTIONS_PR_SET_NAME || (__u32)option == PRCTL_OPTIONS_PR_GET_NAME;
}

FILLER void write_prctl_string(struct writer *writer, __u64 option, __u64 value)
{
	if (prctl_has_name(option))
		write_user_string(writer, value);
	else
		write_empty_string(writer);
}

FILLER __s64 prctl_number(__u64 option, __u64 value)
{
	if (prctl_has_name(option))
		return 0;
	if ((__u32)option == PRCTL_OPTIONS_PR_GET_CHILD_SUBREAPER)
		return user_int(value, 0);
	return value;
}

FILLER void fill_syscall_fsconfig_x(struct writer *writer, const struct call *call)
{
	__u32 command = call->args[1];
	int is_text = command == FSCONFIG_CMDS_FSCONFIG_SET_STRING || command == FSCONFIG_CMDS_FSCONFIG_SET_PATH ||
		      command == FSCONFIG_CMDS_FSCONFIG_SET_PATH_EMPTY;
	int is_binary = command == FSCONFIG_CMDS_FSCONFIG_SET_BINARY;

	write_u64(writer, call->ret);
	write_u64(writer, as_int(call->args[0]));
	write_u32(writer, command);
	write_user_string(writer, call->args[2]);
	write_data(writer, call->args[3], is_binary ? (__s64)call->args[4] : 0);
	if (is_text)
		write_user_string(writer, call->args[3]);
	else
		write_empty_string(writer);
	write_u32(writer, call->args[4]);
}

enum { KEYCTL_NUMBER, KEYCTL_TEXT };
#define KEYCTL_BIT(NAME) (1ull << KEYCTL_OPERATIONS_KEYCTL_##NAME)

/* Operations whose second, third, fourth argument is a string. */
#define KEYCTL_TEXT_2 KEYCTL_BIT(JOIN_SESSION_KEYRING)
#define KEYCTL_TEXT_3                                                                                                  \
	(KEYCTL_BIT(RESTRICT_KEYRING) | KEYCTL_BIT(SEARCH) | KEYCTL_BIT(PKEY_ENCRYPT) | KEYCTL_BIT(PKEY_DECRYPT) |     \
	 KEYCTL_BIT(PKEY_SIGN) | KEYCTL_BIT(PKEY_VERIFY))
#define KEYCTL_TEXT_4 (KEYCTL_BIT(RESTRICT_KEYRING) | KEYCTL_BIT(SEARCH) | KEYCTL_BIT(PKEY_QUERY))

/* How many arguments an operation has behind its own number, by that number. The registers of others hold anything. */
static const __u8 keyctl_arguments[] = {
	[KEYCTL_OPERATIONS_KEYCTL_GET_KEYRING_ID] = 2,
	[KEYCTL_OPERATIONS_KEYCTL_JOIN_SESSION_KEYRING] = 1,
	[KEYCTL_OPERATIONS_KEYCTL_UPDATE] = 3,
	[KEYCTL_OPERATIONS_KEYCTL_REVOKE] = 1,
	[KEYCTL_OPERATIONS_KEYCTL_CHOWN] = 3,
	[KEYCTL_OPERATIONS_KEYCTL_SETPERM] = 2,
	[KEYCTL_OPERATIONS_KEYCTL_DESCRIBE] = 3,
	[KEYCTL_OPERATIONS_KEYCTL_CLEAR] = 1,
	[KEYCTL_OPERATIONS_KEYCTL_LINK] = 2,
	[KEYCTL_OPERATIONS_KEYCTL_UNLINK] = 2,
	[KEYCTL_OPERATIONS_KEYCTL_SEARCH] = 4,
	[KEYCTL_OPERATIONS_KEYCTL_READ] = 3,
	[KEYCTL_OPERATIONS_KEYCTL_INSTANTIATE] = 4,
	[KEYCTL_OPERATIONS_KEYCTL_NEGATE] = 3,
	[KEYCTL_OPERATIONS_KEYCTL_SET_REQKEY_KEYRING] = 1,
	[KEYCTL_OPERATIONS_KEYCTL_SET_TIMEOUT] = 2,
	[KEYCTL_OPERATIONS_KEYCTL_ASSUME_AUTHORITY] = 1,
	[KEYCTL_OPERATIONS_KEYCTL_GET_SECURITY] = 3,
	[KEYCTL_OPERATIONS_KEYCTL_SESSION_TO_PARENT] = 0,
	[KEYCTL_OPERATIONS_KEYCTL_REJECT] = 4,
	[KEYCTL_OPERATIONS_KEYCTL_INSTANTIATE_IOV] = 4,
	[KEYCTL_OPERATIONS_KEYCTL_INVALIDATE] = 1,
	[KEYCTL_OPERATIONS_KEYCTL_GET_PERSISTENT] = 2,
	[KEYCTL_OPERATIONS_KEYCTL_DH_COMPUTE] = 4,
	[KEYCTL_OPERATIONS_KEYCTL_PKEY_QUERY] = 3,
	[KEYCTL_OPERATIONS_KEYCTL_PKEY_ENCRYPT] = 4,
	[KEYCTL_OPERATIONS_KEYCTL_PKEY_DECRYPT] = 4,
	[KEYCTL_OPERATIONS_KEYCTL_PKEY_SIGN] = 4,
	[KEYCTL_OPERATIONS_KEYCTL_PKEY_VERIFY] = 4,
	[KEYCTL_OPERATIONS_KEYCTL_RESTRICT_KEYRING] = 3,
	[KEYCTL_OPERATIONS_KEYCTL_MOVE] = 4,
	[KEYCTL_OPERATIONS_KEYCTL_CAPABILITIES] = 2,
	[KEYCTL_OPERATIONS_KEYCTL_WATCH_KEY] = 3,
};

FILLER void write_keyctl(struct writer *writer, __u64 text_operations, __u64 operation, __u64 value)
{
	__u8 *at = writer_at(writer);
	__s64 size;

	if (!(text_operations >> (operation & 63) & 1)) {
		write_dynamic_u64(writer, KEYCTL_NUMBER, value);
		return;
	}
	if (!at)
		return;
	at[0] = KEYCTL_TEXT;
	at[1] = 0;
	size = value ? read_user_string(at + 1, STRING_MAX, value) : 1;
	writer_advance(writer, size > 0 ? size + 1 : 2);
}

FILLER void fill_syscall_keyctl_x(struct writer *writer, const struct call *call)
{
	__u64 operation = (__u32)call->args[0];
	__u8 count = LOOK_UP(keyctl_arguments, operation);

	write_u64(writer, call->ret);
	write_u32(writer, operation);
	write_keyctl(writer, KEYCTL_TEXT_2, operation, count > 0 ? call->args[1] : 0);
	write_keyctl(writer, KEYCTL_TEXT_3, operation, count > 1 ? call->args[2] : 0);
	write_keyctl(writer, KEYCTL_TEXT_4, operation, count > 2 ? call->args[3] : 0);
	write_keyctl(writer, 0, operation, count > 3 ? call->args[4] : 0);
}

#endif
