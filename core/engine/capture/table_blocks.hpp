// The machine's tables as metadata blocks that sysdig 0.29.3 and current libs read alike.
#pragma once
#include <vector>

#include "../bytes.hpp"

namespace tracer {

class State;

// Appends a section header.
void append_section_header(std::vector<std::byte>& out);
// Appends the tables of `state` as they are now.
void append_table_blocks(std::vector<std::byte>& out, const State& state);

}  // namespace tracer
