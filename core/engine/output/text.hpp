// Pieces of output text: appended to one string, nothing allocated for each.
#pragma once
#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "../fields/value.hpp"

namespace tracer {

inline void append_number(std::string& out, std::integral auto number, int base = 10) {
  char digits[72];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number, base).ptr);
}

// Copies text that is likely short, and returns its end.
inline char* put_text(char* at, std::string_view text) {
  const auto* const from = text.data();
  const auto size = text.size();
  if (size > 16) {
    std::memcpy(at, from, size);
  } else if (size >= 8) {
    std::memcpy(at + size - 8, from + size - 8, 8);
    std::memcpy(at, from, 8);
  } else if (size >= 4) {
    std::memcpy(at + size - 4, from + size - 4, 4);
    std::memcpy(at, from, 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) at[i] = from[i];
  }
  return at + size;
}

// As printf's %X.
void append_upper_hex(std::string& out, std::uint64_t number);
// As printf's %#o: a leading 0, but 0 for 0.
void append_octal(std::string& out, std::uint64_t number);
// With zeroes in front where there are fewer than `width` digits.
void append_padded(std::string& out, std::uint64_t number, std::size_t width);
void append_padded(std::string& out, std::int64_t number, std::size_t width);

// Dotted and colon notation of addresses in network byte order; `bytes` has 4, or 16.
void append_ipv4(std::string& out, const std::uint8_t* bytes);
void append_ipv6(std::string& out, const std::uint8_t* bytes);
// Either of them, by the number of bytes; "<NA>" for any other number.
void append_address(std::string& out, Bytes bytes);

// `text` with everything a terminal could take for a command shown as \xNN: control characters (C0, DEL, C1) and
// bytes that are not UTF-8.
void append_escaped(std::string& out, std::string_view text);

// `text` with its control characters (C0, DEL) as `controls` says.
void append_name(std::string& out, std::string_view text, Controls controls);

// `text` as a JSON string in ASCII; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// The length of the UTF-8 sequence that `text` starts with; 0 where it starts with none.
std::size_t utf8_length(std::string_view text);

constexpr bool is_printable(char character) { return character >= 0x20 && character < 0x7f; }

// Data buffers in the styles of -A, -x, -X and -b, and the default with a dot for each unprintable byte.
void append_dotted(std::string& out, Bytes data);
void append_lines(std::string& out, Bytes data);
void append_hex_rows(std::string& out, Bytes data, bool with_ascii);
void append_base64(std::string& out, Bytes data);

}  // namespace tracer
