/* SPDX-License-Identifier: GPL-2.0 */
/* quotactl: what its operations take and give. */
#ifndef TRACER_QUOTA_H
#define TRACER_QUOTA_H

/* An operation is a command and, in the lowest byte, whose quota it is about. */
#define QUOTA_COMMAND_SHIFT 8
#define KERNEL_Q_SYNC 0x800001
#define KERNEL_Q_SETQUOTA 0x800008
#define KERNEL_Q_XQUOTAON 0x5801
#define KERNEL_Q_XQUOTASYNC 0x5807

#define QUOTA(NAME) QUOTACTL_CMDS_Q_##NAME
static const __u8 quota_formats[] = {QUOTACTL_QUOTA_FMTS_QFMT_NOT_USED, QUOTACTL_QUOTA_FMTS_QFMT_VFS_OLD,
				     QUOTACTL_QUOTA_FMTS_QFMT_VFS_V0, QUOTACTL_QUOTA_FMTS_QFMT_NOT_USED,
				     QUOTACTL_QUOTA_FMTS_QFMT_VFS_V1};

/* scap has a bit for each command, in the kernel's order, but for the first. */
FILLER __u16 quota_command(__u64 operation)
{
	__u32 command = (__u32)operation >> QUOTA_COMMAND_SHIFT;
	__u32 any = command - KERNEL_Q_SYNC, xfs = command - KERNEL_Q_XQUOTAON;

	if (any <= KERNEL_Q_SETQUOTA - KERNEL_Q_SYNC)
		return any ? QUOTA(QUOTAON) << (any - 1) : QUOTA(SYNC);
	return xfs <= KERNEL_Q_XQUOTASYNC - KERNEL_Q_XQUOTAON ? QUOTA(XQUOTAON) << xfs : 0;
}

FILLER __u8 quota_type(__u64 operation)
{
	__u8 type = operation;

	return type == 0 ? QUOTACTL_TYPES_USRQUOTA : type == 1 ? QUOTACTL_TYPES_GRPQUOTA : 0;
}

FILLER __u8 quota_format(__u64 format)
{
	__u64 number = (__u32)format;
	__u8 known = LOOK_UP(quota_formats, number);

	return known ? known : QUOTACTL_QUOTA_FMTS_QFMT_NOT_USED;
}

/* Whose quota, where one user's or group's is asked for or set. */
FILLER __u32 quota_id(__u64 operation, __u64 id)
{
	return quota_command(operation) & (QUOTA(GETQUOTA) | QUOTA(SETQUOTA) | QUOTA(XGETQUOTA) | QUOTA(XSETQLIM)) ? id
														   : 0;
}

/* The format to turn quotas on with, which takes the place of the id. */
FILLER __u8 quota_format_asked(__u64 operation, __u64 id)
{
	return quota_command(operation) == QUOTA(QUOTAON) ? quota_format(id) : QUOTACTL_QUOTA_FMTS_QFMT_NOT_USED;
}

/* struct if_dqblk and struct if_dqinfo: where their values are, and the mark that says that one is set. */
enum {
	AT_DQB_BHARDLIMIT = 0,
	AT_DQB_BSOFTLIMIT = 8,
	AT_DQB_CURSPACE = 16,
	AT_DQB_IHARDLIMIT = 24,
	AT_DQB_ISOFTLIMIT = 32,
	AT_DQB_BTIME = 48,
	AT_DQB_ITIME = 56,
	AT_DQB_VALID = 64,
	AT_DQI_BGRACE = 0,
	AT_DQI_IGRACE = 8,
	AT_DQI_FLAGS = 16,
	AT_DQI_VALID = 20,
};
enum { HAS_BLIMITS = 1, HAS_SPACE = 2, HAS_ILIMITS = 4, HAS_BTIME = 16, HAS_ITIME = 32 };
enum { HAS_BGRACE = 1, HAS_IGRACE = 2, HAS_FLAGS = 4 };

FILLER __u64 valid_u64(__u64 address, __u64 offset, __u32 valid, __u32 mark)
{
	return valid & mark ? user_u64(address, offset) : 0;
}

FILLER void fill_syscall_quotactl_x(struct writer *writer, const struct call *call)
{
	__u64 operation = call->args[0], address = call->args[3];
	__u16 command = quota_command(operation);
	__u32 limits = command & (QUOTA(GETQUOTA) | QUOTA(SETQUOTA)) ? user_u32(address, AT_DQB_VALID) : 0;
	__u32 info = command & (QUOTA(GETINFO) | QUOTA(SETINFO)) ? user_u32(address, AT_DQI_VALID) : 0;

	write_u64(writer, call->ret);
	write_user_string(writer, call->args[1]);
	if (command == QUOTA(QUOTAON))
		write_user_string(writer, address);
	else
		write_empty_string(writer);
	write_u64(writer, valid_u64(address, AT_DQB_BHARDLIMIT, limits, HAS_BLIMITS));
	write_u64(writer, valid_u64(address, AT_DQB_BSOFTLIMIT, limits, HAS_BLIMITS));
	write_u64(writer, valid_u64(address, AT_DQB_CURSPACE, limits, HAS_SPACE));
	write_u64(writer, valid_u64(address, AT_DQB_IHARDLIMIT, limits, HAS_ILIMITS));
	write_u64(writer, valid_u64(address, AT_DQB_ISOFTLIMIT, limits, HAS_ILIMITS));
	write_u64(writer, valid_u64(address, AT_DQB_BTIME, limits, HAS_BTIME));
	write_u64(writer, valid_u64(address, AT_DQB_ITIME, limits, HAS_ITIME));
	write_u64(writer, valid_u64(address, AT_DQI_BGRACE, info, HAS_BGRACE));
	write_u64(writer, valid_u64(address, AT_DQI_IGRACE, info, HAS_IGRACE));
	write_u8(writer, info & HAS_FLAGS ? user_u32(address, AT_DQI_FLAGS) : 0);
	write_u8(writer,
		 command == QUOTA(GETFMT) ? quota_format(user_u32(address, 0)) : QUOTACTL_QUOTA_FMTS_QFMT_NOT_USED);
	write_u16(writer, command);
	write_u8(writer, quota_type(operation));
	write_u32(writer, quota_id(operation, call->args[2]));
	write_u8(writer, quota_format_asked(operation, call->args[2]));
}

#endif
