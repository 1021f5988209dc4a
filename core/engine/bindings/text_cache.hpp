// Python texts that are made again and again, made once.
#pragma once
#include <nanobind/nanobind.h>

#include <array>
#include <string_view>

#include "python_value.hpp"

namespace tracer {

// The latest texts of one field, by their hash.
class TextCache {
 public:
  explicit TextCache(bool as_bytes) : as_bytes_(as_bytes) {}

  nanobind::object get(std::string_view text) {
    if (text.size() > longest) return make(text);
    auto& entry = entries_[std::hash<std::string_view>{}(text) % size];
    if (!entry.object.is_valid() || entry.text != text) {
      entry.text = text;
      entry.object = make(text);
    }
    return entry.object;
  }

 private:
  static constexpr std::size_t size = 256;
  static constexpr std::size_t longest = 128;  // longer ones are hardly ever the same
  struct Entry {
    std::string text;
    nanobind::object object;
  };

  nanobind::object make(std::string_view text) const {
    return as_bytes_ ? nanobind::object(nanobind::bytes(text.data(), text.size())) : python_text(text);
  }

  bool as_bytes_;
  std::array<Entry, size> entries_;
};

}  // namespace tracer
