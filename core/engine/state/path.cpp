#include "path.hpp"

namespace tracer {
namespace {

// Takes the last component off; the root, or a leading character of a relative path, stays.
void drop_last_component(std::string& path) {
  if (path.size() <= 1) return;
  path.pop_back();
  while (!path.empty() && path.back() != '/') path.pop_back();
}

}  // namespace

std::string join_path(std::string_view directory, std::string_view path) {
  const bool is_relative = !path.empty() && path.front() != '/';
  // A stored path counts its NUL, and so does the room for the joined one.
  if (directory.size() + path.size() + 2 > longest_path) return "/PATH_TOO_LONG";
  std::string joined;
  joined.reserve(directory.size() + path.size());
  if (is_relative) joined = directory;

  std::size_t at = 0;
  const auto peek = [&](std::size_t ahead) { return at + ahead < path.size() ? path[at + ahead] : '\0'; };
  while (at < path.size()) {
    if (path[at] == '.') {
      if (peek(1) == '.' && (peek(2) == '/' || peek(2) == '\0')) {
        drop_last_component(joined);
        at += peek(2) == '/' ? 3 : 2;
      } else if (peek(1) == '.') {
        joined += "..";
        at += 2;
      } else if (peek(1) == '/') {
        at += 2;
      } else if (peek(1) == '\0') {
        at += 1;
      } else {
        joined += '.';
        at += 1;
      }
    } else {
      if (path[at] != '/' || joined.empty() || joined.back() != '/') joined += path[at];
      at += 1;
    }
  }
  if (joined.size() > 1 && joined.back() == '/') joined.pop_back();
  return joined;
}

}  // namespace tracer
