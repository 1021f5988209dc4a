// SPDX-License-Identifier: GPL-2.0
// The CO-RE probe object: its identity and its maps. What it does stands in programs.h.
#include "platform.h"

#include "probe.h"

char LICENSE[] SEC("license") = "GPL";

// User space looks for this before it gives the object to the kernel.
const char probe_identity[] SEC(".tracer_probe") __attribute__((used)) = "tracer-probe " PROBE_FORMAT_TEXT
									 " " SCHEMA_FINGERPRINT;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); // set to the number of CPUs before loading, as in the maps below
	__type(key, __u32);
	__array(
		values, struct {
#ifdef DIRECT_READS
			__uint(type, BPF_MAP_TYPE_ARRAY);
			__uint(key_size, sizeof(__u32));
			__uint(value_size, 3 * 4096);
			__uint(max_entries, 1);
			__uint(map_flags, BPF_F_MMAPABLE);
#else
			__uint(type, BPF_MAP_TYPE_RINGBUF);
			__uint(max_entries, 4096);
#endif
		});
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct cpu_counters);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ORIGIN_MAX);
	__type(key, __u32);
	__type(value, __u64);
} drops_by_origin SEC(".maps");

// Threads to record where the configuration says so.
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); // set to the largest thread id
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
} followed SEC(".maps");

// A bit for each thread id: whether its name is another than records tell.
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); // set by the largest thread id
	__type(key, __u32);
	__type(value, __u64);
} outdated SEC(".maps");

// The programs of each family. Two maps, as the kernel wants programs of one prototype in each.
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, FAMILY_MAX);
	__type(key, __u32);
	__type(value, __u32);
} enter_families SEC(".maps"), exit_families SEC(".maps");

#include "stacks.h"

#include "programs.h"
#include "stack_programs.h"
#include "user_probes.h"
