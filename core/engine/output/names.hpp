// Names that the kernel's interfaces give to numbers.
#pragma once
#include <cstdint>
#include <string_view>

#include "../state/descriptor.hpp"

namespace tracer {

// "ENOENT" for 2; "" where the number has no name.
std::string_view errno_name(std::int64_t number);
// "SIGKILL" for 9; "" where the number has no name.
std::string_view signal_name(std::uint64_t number);
// The letter of a descriptor's type: f file, d directory, 4 and 6 sockets, u unix socket, p pipe, ...
char type_letter(DescriptorType type);

}  // namespace tracer
