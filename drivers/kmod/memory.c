// SPDX-License-Identifier: GPL-2.0
/* Strings of memory that may not be there. */
#include <linux/cache.h>

#include "platform.h"

unsigned long kernel_memory_start __read_mostly;

long read_kernel_string(void *to, long size, const void *from)
{
	u8 *at = to;
	long i;

	for (i = 0; i < size; i++) {
		int error;

		at[i] = read_kernel_number((const u8 *)from + i, 1, &error);
		if (unlikely(error)) {
			memset(to, 0, size);
			return error;
		}
		if (!at[i])
			return i + 1;
	}
	if (size > 0)
		at[size - 1] = 0;
	return size;
}

long read_user_string(void *to, long size, u64 address)
{
	long length;

	pagefault_disable();
	length = strncpy_from_user(to, (const char __user *)address, size);
	pagefault_enable();
	if (length < 0) {
		memset(to, 0, size);
		return length;
	}
	if (length < size)
		return length + 1;
	((u8 *)to)[size - 1] = 0;
	return size;
}
