// SPDX-License-Identifier: GPL-2.0
// The same probe for kernels that let a program read their structures by itself (6.2 and newer).
#define DIRECT_READS
#define FILTER_IN_FUNCTIONS
#include "probe.bpf.c"
