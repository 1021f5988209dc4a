// The control groups of a thread as records and tables carry them.
#pragma once
#include <string>
#include <string_view>

namespace tracer {

// "subsystem=/path" entries, each ended by a NUL, with the subsystems called as their file systems call them.
std::string control_groups(std::string_view list);

}  // namespace tracer
