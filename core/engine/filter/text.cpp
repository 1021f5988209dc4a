#include "text.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cstring>

namespace tracer::filter {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains(std::string_view text, std::string_view part) {
  return part.empty() || ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

bool contains_any_case(std::string_view text, std::string_view part) {
  const auto equal = [](char a, char b) { return lower(a) == lower(b); };
  return part.empty() || !std::ranges::search(text, part, equal).empty();
}

bool glob(std::string_view text, std::string_view pattern, int flags) {
  thread_local std::string text_copy, pattern_copy;
  text_copy.assign(text);
  pattern_copy.assign(pattern);
  return ::fnmatch(pattern_copy.c_str(), text_copy.c_str(), flags) == 0;
}

// Appends the path's components to `normal`, each with a '/' after it, and calls `use` after each.
template <typename Use>
bool any_prefix(std::string_view path, std::string& normal, Use&& use) {
  normal.clear();
  if (use()) return true;
  while (!path.empty()) {
    const auto length = std::min(path.find('/'), path.size());
    if (length > 0) {
      normal.append(path.substr(0, length)).push_back('/');
      if (use()) return true;
    }
    path.remove_prefix(std::min(length + 1, path.size()));
  }
  return false;
}

}  // namespace

bool texts_fit(Operator op, std::string_view text, std::string_view wanted) {
  switch (op) {
    case Operator::equal:
    case Operator::in:
      return text == wanted;
    case Operator::not_equal:
      return text != wanted;
    case Operator::less:
      return text < wanted;
    case Operator::less_or_equal:
      return text <= wanted;
    case Operator::greater:
      return text > wanted;
    case Operator::greater_or_equal:
      return text >= wanted;
    case Operator::contains:
      return contains(text, wanted);
    case Operator::contains_any_case:
      return contains_any_case(text, wanted);
    case Operator::starts_with:
      return text.starts_with(wanted);
    case Operator::ends_with:
      return text.ends_with(wanted);
    case Operator::glob:
      return glob(text, wanted, 0);
    case Operator::glob_any_case:
      return glob(text, wanted, FNM_CASEFOLD);
    case Operator::exists:
      return true;
    case Operator::regex:
    case Operator::path_prefix:
      break;
  }
  return false;
}

void PathSet::add(std::string_view path) {
  std::string normal;
  any_prefix(path, normal, [] { return false; });
  paths_.insert(std::move(normal));
}

bool PathSet::covers(std::string_view path) const {
  thread_local std::string normal;
  return any_prefix(path, normal, [&] { return paths_.contains(std::string_view(normal)); });
}

}  // namespace tracer::filter
