#include "path.hpp"

namespace tracer {

namespace {

// Whether nothing in the path has to go: no ".", "..", nor empty component.
bool is_plain(std::string_view path) {
  if (path.starts_with('.')) return false;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    if (path[i] == '/' && (path[i + 1] == '/' || path[i + 1] == '.')) return false;
  }
  return true;
}

}  // namespace

void append_path(std::string& out, std::string_view directory, std::string_view path) {
  const auto begin = out.size();
  if (path.starts_with('/') && is_plain(path)) {
    out += path;
    if (path.size() > 1 && out.back() == '/') out.pop_back();
    return;
  }
  if (!path.starts_with('/')) out += directory;
  const auto parent = [&] {
    if (out.size() <= begin + 1) return;
    do {
      out.pop_back();
    } while (out.size() > begin && out.back() != '/');
  };
  const auto at = [&](std::size_t i) { return i < path.size() ? path[i] : '\0'; };
  const auto ends = [&](std::size_t i) { return i >= path.size(); };
  for (std::size_t i = 0; i < path.size();) {
    const bool is_dot = path[i] == '.';
    if (is_dot && at(i + 1) == '.' && (at(i + 2) == '/' || ends(i + 2))) {
      parent();
      i += 3;
    } else if (is_dot && at(i + 1) == '.') {
      out += "..";
      i += 2;
    } else if (is_dot && (at(i + 1) == '/' || ends(i + 1))) {
      i += 2;
    } else {
      if (path[i] != '/' || out.size() == begin || out.back() != '/') out += path[i];
      ++i;
    }
  }
  if (out.size() > begin + 1 && out.back() == '/') out.pop_back();
}

std::string join_path(std::string_view directory, std::string_view path) {
  // A stored path counts its NUL, and so does the room for the joined one.
  if (directory.size() + path.size() + 2 > longest_path) return "/PATH_TOO_LONG";
  std::string joined;
  joined.reserve(directory.size() + path.size());
  append_path(joined, path.empty() ? std::string_view{} : directory, path);
  return joined;
}

}  // namespace tracer
