// Paths as the traced programs mean them.
#pragma once
#include <string>
#include <string_view>

namespace tracer {

inline constexpr std::size_t longest_path = 1024;  // scap's bound on a stored path

// Appends `path` as seen from `directory` (which is nothing or ends in '/'; ignored where `path` is absolute), without
// "." and ".." parts, doubled slashes and a final slash.
void append_path(std::string& out, std::string_view directory, std::string_view path);

// The same as a string: nothing for no path, "/PATH_TOO_LONG" where the two exceed longest_path.
std::string join_path(std::string_view directory, std::string_view path);

}  // namespace tracer
