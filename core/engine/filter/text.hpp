// Tests on texts and other bytes.
#pragma once
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "program.hpp"

namespace tracer::filter {

// One of the operators that compare two texts.
bool texts_fit(Operator op, std::string_view text, std::string_view wanted);

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using TextSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;

// Paths, and the question whether one of them, or a directory above it, is in the set.
class PathSet {
 public:
  void add(std::string_view path);
  bool covers(std::string_view path) const;

 private:
  TextSet paths_;  // components, each with a '/' after it
};

}  // namespace tracer::filter
