/* SPDX-License-Identifier: GPL-2.0 */
/* The part of a filter that is decided here: whether a call is recorded at all. Beside what select.h needs, the driver
 * defines before it: OWN(FIELD, ...), a field of the current thread's task_struct, along a chain of pointers, and
 * read_own_name(words); ENTRY_REGISTER(NAME), one of the registers that the thread entered the kernel with;
 * is_outdated(tid): whether the thread has a name that no record tells of. */
#ifndef TRACER_FILTER_H
#define TRACER_FILTER_H

/* Until 5.10 a program that calls functions cannot pass on to another program. Without functions the verifier takes
 * each step for itself, so there are fewer; a call that would take more is recorded. */
#ifdef FILTER_IN_FUNCTIONS
#define TEST_FUNCTION SHARED_FILLER
#define STEPS_MAX FILTER_STEPS_MAX
#else
#define TEST_FUNCTION(NAME, ...) FILLER int NAME(PARAMETERS(__VA_ARGS__))
#define STEPS_MAX 12
#endif

/* Whether the call under way has a record that tells the thread's new name. */
FILLER int tells_name(const struct pt_regs *regs)
{
	struct call call = {};

	identify(&call, regs, 1);
	return call.id == PPM_SC_PRCTL || call.id == PPM_SC_EXECVE || call.id == PPM_SC_EXECVEAT;
}

/* Of an operand. Where nothing is known the call is recorded, and whoever reads the records decides. */
enum known { KNOWN_NOTHING, KNOWN_VALUE };

/* An argument of the call under way. */
FILLER enum known argument_of(__u8 number, __u64 *value)
{
	/* Those of 32-bit calls may stand elsewhere. */
	if (thread_status() & COMPAT_CALL)
		return KNOWN_NOTHING;
	switch (number) {
	case 0:
		*value = ENTRY_REGISTER(di);
		break;
	case 1:
		*value = ENTRY_REGISTER(si);
		break;
	case 2:
		*value = ENTRY_REGISTER(dx);
		break;
	case 3:
		*value = ENTRY_REGISTER(r10);
		break;
	case 4:
		*value = ENTRY_REGISTER(r8);
		break;
	default:
		*value = ENTRY_REGISTER(r9);
	}
	return KNOWN_VALUE;
}

/* A parent that ends leaves its children to another at a moment that its record does not tell. */
FILLER enum known parent_of(__u64 *value)
{
	*value = (__u32)OWN(real_parent, tgid);
	return OWN(real_parent, flags) & KERNEL_PF_EXITING ? KNOWN_NOTHING : KNOWN_VALUE;
}

/* In a user namespace calls that change ids are given others than the kernel's own. */
FILLER enum known owner_of(int is_group, __u64 *value)
{
	*value = is_group ? OWN(cred, egid.val) : OWN(cred, euid.val);
	return OWN(cred, user_ns, level) ? KNOWN_NOTHING : KNOWN_VALUE;
}

/* A number that is known without the call's arguments. */
FILLER enum known number_of(const struct filter_test *test, __s64 ret, __u64 *value)
{
	switch (test->operand) {
	case OPERAND_RESULT:
		*value = ret;
		return KNOWN_VALUE;
	case OPERAND_TID:
		*value = (__u32)OWN(pid);
		return KNOWN_VALUE;
	case OPERAND_PID:
		*value = (__u32)OWN(tgid);
		return KNOWN_VALUE;
	case OPERAND_PPID:
		return parent_of(value);
	case OPERAND_UID:
		return owner_of(0, value);
	default:
		return owner_of(1, value);
	}
}

/* The tests themselves have no branches, all of which the verifier would follow in each turn of the loop below. */
#define IS_BELOW(A, B) (((~(A) & (B)) | ((~(A) | (B)) & ((A) - (B)))) >> 63)
#define IS_NOT_ZERO(NUMBER) (((NUMBER) | -(NUMBER)) >> 63)

/* 1 or 0. */
FILLER __u64 number_fits(const struct filter_test *test, __u64 number)
{
	__u64 unused = test->unused_bits & 63, sign = (__u64)(test->is_signed & 1) << (63 - unused), distance;

	number = number << unused >> unused;
	number = (number ^ sign) - sign;
	distance = number - test->value[0];
	return (IS_BELOW(test->value[1], distance) ^ 1 ^ test->is_negated) & 1;
}

/* The last bytes of a word, cut off in two halves: a shift by all 64 bits does nothing. */
FILLER __u64 cut(__u64 word, __u8 bytes)
{
	__u32 half = bytes * 4 & 63;

	return word << half << half;
}

FILLER __u64 text_fits(const struct filter_test *test, const __u64 *words)
{
	__u64 differing = cut(words[0] ^ test->value[0], test->unused_bytes[0]) |
			  cut(words[1] ^ test->value[1], test->unused_bytes[1]);

	return (IS_NOT_ZERO(differing) ^ 1 ^ test->is_negated) & 1;
}

#define UNKNOWN 2 /* how a test comes out, beside 0 and 1 */
#define KERNEL_IPPROTO_TCP 6

TEST_FUNCTION(test_socket, __u32, number, __s64, fd)
{
	const struct filter_test *test = &config()->tests[number % FILTER_TESTS_MAX];
	struct sock *sock = sock_of((__s32)fd);
	__u16 family = sock ? READ(sock, __sk_common.skc_family) : 0;
	__u16 port;
	__u32 address;

	if (family != KERNEL_AF_INET && family != KERNEL_AF_INET6)
		return 0;
	port = READ(sock, __sk_common.skc_dport);
	if (!port || transport_of(sock) != KERNEL_IPPROTO_TCP)
		return UNKNOWN;
	if (test->operand == OPERAND_LOCAL_PORT)
		port = READ((struct inet_sock *)sock, inet_sport);
	if (test->operand == OPERAND_LOCAL_PORT || test->operand == OPERAND_REMOTE_PORT)
		return number_fits(test, swap_port(port));
	if (family != KERNEL_AF_INET)
		return UNKNOWN;
	address = test->operand == OPERAND_LOCAL_ADDRESS ? READ((struct inet_sock *)sock, inet_saddr)
							 : READ(sock, __sk_common.skc_daddr);
	return number_fits(test, __builtin_bswap32(address));
}

/* A test of an argument, or of what it stands for. */
TEST_FUNCTION(test_argument, __u32, number)
{
	const struct filter_test *test = &config()->tests[number % FILTER_TESTS_MAX];
	__u64 value = 0, words[FILTER_TEXT_MAX / 8 + 1];

	if (argument_of(test->argument, &value) == KNOWN_NOTHING)
		return UNKNOWN;
	if (test->operand == OPERAND_ARGUMENT)
		return number_fits(test, value);
	if (test->operand != OPERAND_ARGUMENT_TEXT)
		return test_socket(number, value);
	/* One byte more than is compared, for the NUL that is put behind what is longer. */
	if (!value || read_user_string(words, FILTER_TEXT_MAX + 1, value + test->offset) < 0)
		return UNKNOWN;
	return text_fits(test, words);
}

FILLER __u64 make_test(const struct filter_test *test, __u32 number, __s64 ret)
{
	__u64 value = 0, words[FILTER_TEXT_MAX / 8];

	if (test->operand == OPERAND_NAME) {
		read_own_name(words);
		return text_fits(test, words);
	}
	if (test->operand >= OPERAND_ARGUMENT)
		return test_argument(number);
	if (number_of(test, ret, &value) == KNOWN_NOTHING)
		return UNKNOWN;
	return number_fits(test, value);
}

/* Where a test leads. */
FILLER __u32 next_of(const struct filter_test *test, __u64 holds)
{
	OPAQUE(holds); /* the verifier of older kernels does not see that it is 0 or 1 */
	return test->next[holds & 1];
}

/* Whether a call is recorded whose verdict is a test. What is known of a thread with a name that no record tells of may
 * be wrong elsewhere too. */
TEST_FUNCTION(passes_tests, __u32, verdict, __s64, ret)
{
	__u32 at = verdict - VERDICT_TESTS;
	int step;

	for (step = 0; step < STEPS_MAX; step++) {
		const struct filter_test *test = &config()->tests[at % FILTER_TESTS_MAX];
		__u64 holds = make_test(test, at, ret);

		if (holds == UNKNOWN)
			return 1;
		at = next_of(test, holds);
		if (at >= FILTER_SKIP)
			return at == FILTER_RECORD || is_outdated((__u32)OWN(pid));
	}
	return 1;
}

/* The same for all verdicts but VERDICT_SKIP. What most filters begin with is tested here, where it takes no call. */
FILLER int passes_filter(__u32 verdict, __s64 ret)
{
	const struct filter_test *test = &config()->tests[(verdict - VERDICT_TESTS) % FILTER_TESTS_MAX];

	if (verdict == VERDICT_RECORD)
		return 1;
	if (test->operand == OPERAND_NAME) {
		__u64 words[FILTER_TEXT_MAX / 8];
		__u32 at;

		read_own_name(words);
		at = next_of(test, text_fits(test, words));
		if (at == FILTER_RECORD)
			return 1;
		if (at == FILTER_SKIP)
			return is_outdated((__u32)OWN(pid));
		verdict = at + VERDICT_TESTS;
	}
	return passes_tests(verdict, ret);
}

#endif
