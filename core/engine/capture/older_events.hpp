// What a recording adds so that sysdig 0.29.3, which skips event codes it does not know, still knows the descriptors.
#pragma once
#include <cstddef>
#include <vector>

#include "../record.hpp"

namespace tracer {

// Records of older types with the same effect on descriptors as `record`, to be written before it and marked as
// state only: none where 0.29.3 knows the type, or where the call failed.
std::vector<std::vector<std::byte>> older_events(const Record& record);

}  // namespace tracer
