/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TRACER_EXCHANGE_H
#define TRACER_EXCHANGE_H

/* The exchange, as the instruction itself: the compiler has it only for newer instruction sets than most of the probe
 * may use. Kernels from 5.12 on know it. */
#define EXCHANGE_WORD 0x000000e1000021c3
#define EXCHANGE_DOUBLEWORD 0x000000e1000021db
#define EXCHANGE(INSTRUCTION, PLACE, VALUE)                                                                            \
	({                                                                                                             \
		__u64 before, new_value = (VALUE);                                                                     \
		asm volatile("r1 = %[place]; r2 = %[value]; .8byte %[instruction]; %[before] = r2"                     \
			     : [before] "=r"(before)                                                                   \
			     : [place] "r"(&(PLACE)), [value] "r"(new_value), [instruction] "i"(INSTRUCTION)           \
			     : "r1", "r2", "memory");                                                                  \
		before;                                                                                                \
	})

#endif
