/* SPDX-License-Identifier: GPL-2.0 */
/* Parameters of a shared filler as a macro sees them: TYPE1, NAME1, TYPE2, NAME2, ... up to five. */
#ifndef TRACER_PARAMETERS_H
#define TRACER_PARAMETERS_H

/* SHARED_FILLER(write_path, __u64, path) begins the definition of `int write_path(__u64 path)`. */
#define PARAMETERS_1(T1, N1) T1 N1
#define PARAMETERS_2(T1, N1, ...) T1 N1, PARAMETERS_1(__VA_ARGS__)
#define PARAMETERS_3(T1, N1, ...) T1 N1, PARAMETERS_2(__VA_ARGS__)
#define PARAMETERS_4(T1, N1, ...) T1 N1, PARAMETERS_3(__VA_ARGS__)
#define PARAMETERS_5(T1, N1, ...) T1 N1, PARAMETERS_4(__VA_ARGS__)
#define PARAMETERS(...) FOR_PARAMETERS(PARAMETERS, __VA_ARGS__)(__VA_ARGS__)

/* PREFIX_1 to PREFIX_5, by how many parameters there are. */
#define SELECT_BY_COUNT(A, B, C, D, E, F, G, H, I, J, NUMBER, ...) NUMBER
#define FOR_PARAMETERS(PREFIX, ...)                                                                                    \
	SELECT_BY_COUNT(__VA_ARGS__, PREFIX##_5, , PREFIX##_4, , PREFIX##_3, , PREFIX##_2, , PREFIX##_1, , )

#endif
