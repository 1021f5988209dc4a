// What is there when a live capture begins, read from /proc.
#pragma once

#include "../state/state.hpp"

namespace tracer {

struct ProcScanOptions {
  bool threads = true;      // false: only the machine, its interfaces, users and groups
  bool descriptors = true;  // false: threads without their descriptors
};

// Fills `state`. A process that ends meanwhile is left out; what may not be read stays empty.
void scan_proc(State& state, const ProcScanOptions& options = {});

// Parts of it.
void scan_machine(State& state);
void scan_threads(State& state, bool descriptors);

}  // namespace tracer
