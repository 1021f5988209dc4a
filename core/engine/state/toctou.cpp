#include "toctou.hpp"

#include <algorithm>

#include "../schema.hpp"

namespace tracer {
namespace {

bool is_readable(std::string_view text) { return !text.empty() && text != "(NULL)" && text != "<NA>"; }

bool text_changed(std::string_view before, std::string_view after) {
  return is_readable(before) && is_readable(after) && before != after;
}

bool bytes_changed(Bytes before, Bytes after) {
  return !before.empty() && !after.empty() && !std::ranges::equal(before, after);
}

// The probe adds what it finds out about the file to the flags of the exit event.
constexpr std::uint32_t given_flags = flags::file_flags::O_F_CREATED_ - 1;

// flags, mode and resolve of openat2: parameters 3 to 5 of the exit event, 2 to 4 of the enter event.
bool how_changed(const Record& enter, const Record& exit) {
  const auto flags = enter.value<std::uint32_t>(2);
  const auto mode = enter.value<std::uint32_t>(3), resolve = enter.value<std::uint32_t>(4);
  // All zero is also what stands there if it could not be read.
  if (flags == flags::file_flags::O_RDONLY_ && mode == 0 && resolve == 0) return false;
  return flags != (exit.value<std::uint32_t>(3) & given_flags) || mode != exit.value<std::uint32_t>(4) ||
         resolve != exit.value<std::uint32_t>(5);
}

}  // namespace

bool arguments_changed(const Record& enter, const Record& exit) {
  switch (exit.type) {
    case code::SYSCALL_OPEN_X:
    case code::SYSCALL_CREAT_X:
      return text_changed(enter.text(0), exit.text(1));
    case code::SYSCALL_OPENAT_2_X:
      return text_changed(enter.text(1), exit.text(2));
    case code::SYSCALL_OPENAT2_X:
      return text_changed(enter.text(1), exit.text(2)) || how_changed(enter, exit);
    case code::SOCKET_CONNECT_X:
      return bytes_changed(enter.param(1), exit.param(3));
    default:
      return false;
  }
}

}  // namespace tracer
