// Reads files and links of one directory under /proc, with buffers that are used again.
#pragma once
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../capture/stream.hpp"

namespace tracer {

// Where the contents of files go; one for all of a scan.
struct ProcBuffers {
  std::string file;
  std::string link;
};

class ProcDirectory {
 public:
  // False where it is not there (any more) or may not be read.
  explicit operator bool() const { return static_cast<bool>(handle_); }
  ProcDirectory(int parent_fd, const char* name, ProcBuffers& buffers);
  int fd() const { return handle_.get(); }

  // Up to `limit` bytes of a file; valid until the next call on any directory with these buffers. Empty where it
  // cannot be read.
  std::string_view read(const char* name, std::size_t limit = 1 << 20) const;
  // A link's target; valid as above. Empty where it cannot be read.
  std::string_view link(const char* name) const;
  // The entries whose names are numbers.
  std::vector<std::int64_t> numbers() const;

 private:
  FileHandle handle_;
  ProcBuffers& buffers_;
};

// The number that `text` begins with after blanks; `rest` gets what follows it.
template <typename Number>
std::optional<Number> take_number(std::string_view& text, int base = 10) {
  const auto start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return std::nullopt;
  Number number{};
  const auto [end, error] = std::from_chars(text.data() + start, text.data() + text.size(), number, base);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

template <typename Number>
Number number_in(std::string_view text, Number otherwise = {}, int base = 10) {
  return take_number<Number>(text, base).value_or(otherwise);
}

// Takes the first line off `text`, without its newline.
inline std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(line.size() < text.size() ? line.size() + 1 : text.size());
  return line;
}

// Takes the first blank-separated word off `text`.
inline std::string_view take_word(std::string_view& text) {
  const auto start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return text = {};
  text.remove_prefix(start);
  const auto word = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace tracer
