#include "text.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace tracer {
namespace {

constexpr char lower_digits[] = "0123456789abcdef";

constexpr bool is_control(char character) { return static_cast<unsigned char>(character) < 0x20 || character == 0x7f; }

void append_hex_byte(std::string& out, unsigned char byte) {
  out += lower_digits[byte >> 4];
  out += lower_digits[byte & 15];
}

void append_unicode_escape(std::string& out, std::uint32_t unit) {
  out += "\\u";
  append_hex_byte(out, static_cast<unsigned char>(unit >> 8));
  append_hex_byte(out, static_cast<unsigned char>(unit));
}

std::uint32_t decode_utf8(std::string_view sequence) {
  const auto byte = [&](std::size_t at) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(sequence[at]));
  };
  switch (sequence.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    case 3:
      return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    default:
      return (byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
  }
}

}  // namespace

void append_upper_hex(std::string& out, std::uint64_t number) {
  char digits[16];
  char* at = digits + sizeof digits;
  do {
    *--at = "0123456789ABCDEF"[number & 15];
    number >>= 4;
  } while (number != 0);
  out.append(at, digits + sizeof digits);
}

void append_octal(std::string& out, std::uint64_t number) {
  if (number != 0) out += '0';
  append_number(out, number, 8);
}

void append_padded(std::string& out, std::uint64_t number, std::size_t width) {
  char digits[24];
  const auto size = static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits);
  if (size < width) out.append(width - size, '0');
  out.append(digits, size);
}

void append_padded(std::string& out, std::int64_t number, std::size_t width) {
  if (number >= 0) return append_padded(out, static_cast<std::uint64_t>(number), width);
  out += '-';
  append_padded(out, -static_cast<std::uint64_t>(number), width - 1);
}

void append_ipv4(std::string& out, const std::uint8_t* bytes) {
  for (int i = 0; i < 4; ++i) {
    if (i != 0) out += '.';
    append_number(out, bytes[i]);
  }
}

void append_ipv6(std::string& out, const std::uint8_t* bytes) {
  char text[INET6_ADDRSTRLEN];
  out += inet_ntop(AF_INET6, bytes, text, sizeof text);
}

void append_address(std::string& out, Bytes bytes) {
  const auto* address = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (bytes.size() == 4) {
    append_ipv4(out, address);
  } else if (bytes.size() == 16) {
    append_ipv6(out, address);
  } else {
    out += "<NA>";
  }
}

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xc2 && first < 0xe0   ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Neither longer than need be, nor a surrogate, nor beyond the last code point.
  if (first == 0xe0 && byte(1) < 0xa0) return 0;
  if (first == 0xed && byte(1) >= 0xa0) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xf4 && byte(1) >= 0x90) return 0;
  return length;
}

void append_escaped(std::string& out, std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_printable)) {
    out += text;
    return;
  }
  while (!text.empty()) {
    const auto length = utf8_length(text);
    const bool is_c1 =
        length == 2 && static_cast<unsigned char>(text[0]) == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    const auto taken = std::max<std::size_t>(length, 1);
    if (length == 0 || is_c1 || is_control(text[0])) {
      for (const char character : text.substr(0, taken)) {
        out += "\\x";
        append_hex_byte(out, static_cast<unsigned char>(character));
      }
    } else {
      out += text.substr(0, taken);
    }
    text.remove_prefix(taken);
  }
}

void append_name(std::string& out, std::string_view text, Controls controls) {
  if (controls == Controls::kept || std::none_of(text.begin(), text.end(), is_control)) {
    out += text;
    return;
  }
  for (const char character : text) {
    if (!is_control(character)) {
      out += character;
    } else if (controls == Controls::dotted) {
      out += '.';
    }
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(
        std::find_if(text.begin(), text.end(), [](char c) { return !is_printable(c) || c == '"' || c == '\\'; }) -
        text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto length = utf8_length(text);
    const auto code_point = length == 0 ? 0xfffd : decode_utf8(text.substr(0, length));
    switch (code_point) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case 0x7f:
        out += '\x7f';
        break;
      default:
        if (code_point < 0x10000) {
          append_unicode_escape(out, code_point);
        } else {
          append_unicode_escape(out, 0xd800 + ((code_point - 0x10000) >> 10));
          append_unicode_escape(out, 0xdc00 + ((code_point - 0x10000) & 0x3ff));
        }
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

void append_dotted(std::string& out, Bytes data) {
  const auto text = as_text(data);
  const auto start = out.size();
  out.resize(start + text.size());
  std::transform(text.begin(), text.end(), out.begin() + static_cast<std::ptrdiff_t>(start),
                 [](char character) { return is_printable(character) ? character : '.'; });
}

void append_lines(std::string& out, Bytes data) {
  const auto text = as_text(data);
  if (text.empty()) return;
  out += '\n';
  char before = '\r';  // a line end at the very start adds nothing to the one above
  for (const char character : text) {
    if (is_printable(character)) {
      out += character;
    } else if (character == '\r' || (character == '\n' && before != '\r')) {
      out += '\n';
    }
    before = character;
  }
}

void append_hex_rows(std::string& out, Bytes data, bool with_ascii) {
  constexpr std::size_t row_size = 16;
  if (data.empty()) return;
  for (std::size_t at = 0; at < data.size(); at += row_size) {
    const auto row = data.subspan(at, std::min(row_size, data.size() - at));
    out += "\n\t0x";
    for (int shift = 28; shift >= 0; shift -= 4) {
      if (shift < 16 || at >> shift != 0) out += lower_digits[at >> shift & 15];
    }
    out += ':';
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i % 2 == 0) out += ' ';
      append_hex_byte(out, static_cast<unsigned char>(row[i]));
    }
    if (!with_ascii) continue;
    out.append((row_size - row.size()) / 2 * 5 + 2, ' ');
    append_dotted(out, row);
  }
  out += '\n';
}

void append_base64(std::string& out, Bytes data) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < data.size(); at += 3) {
    const auto part = data.subspan(at, std::min<std::size_t>(3, data.size() - at));
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < part.size() ? static_cast<std::uint32_t>(part[i]) : 0);
    for (std::size_t i = 0; i < 4; ++i) out += i <= part.size() ? digits[bits >> (18 - 6 * i) & 63] : '=';
  }
}

}  // namespace tracer
