#include "json.hpp"

#include <charconv>

namespace tracer {
namespace {

const Json null;

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

}  // namespace

class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : rest_(text) {}

  bool read(Json& value, int depth) {
    constexpr int deepest = 64;
    skip_blanks();
    if (rest_.empty() || depth > deepest) return false;
    switch (rest_.front()) {
      case '{':
        return read_object(value.value_.emplace<Json::Object>(), depth);
      case '[':
        return read_array(value.value_.emplace<Json::Array>(), depth);
      case '"':
        return read_string(value.value_.emplace<std::string>());
      case 't':
        value.value_ = true;
        return take("true");
      case 'f':
        value.value_ = false;
        return take("false");
      case 'n':
        value.value_ = nullptr;
        return take("null");
      default:
        return read_number(value.value_.emplace<Json::Number>());
    }
  }

  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool take_after_blanks(std::string_view word) {
    skip_blanks();
    return take(word);
  }

  bool read_object(Json::Object& object, int depth) {
    take("{");
    if (take_after_blanks("}")) return true;
    do {
      skip_blanks();
      std::string key;
      if (!read_string(key) || !take_after_blanks(":") || !read(object[key], depth + 1)) return false;
    } while (take_after_blanks(","));
    return take("}");
  }

  bool read_array(Json::Array& array, int depth) {
    take("[");
    if (take_after_blanks("]")) return true;
    do {
      if (!read(array.emplace_back(), depth + 1)) return false;
    } while (take_after_blanks(","));
    return take("]");
  }

  bool read_number(Json::Number& number) {
    const auto length = std::min(rest_.find_first_not_of("+-.0123456789eE"), rest_.size());
    number.text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return length > 0;
  }

  bool read_string(std::string& out) {
    if (!take("\"")) return false;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') {
        if (!read_escape(out)) return false;
      } else {
        const auto length = std::min(rest_.find_first_of("\"\\"), rest_.size());
        out += rest_.substr(0, length);
        rest_.remove_prefix(length);
      }
    }
    return take("\"");
  }

  bool read_escape(std::string& out) {
    if (rest_.size() < 2) return false;
    const char letter = rest_[1];
    rest_.remove_prefix(2);
    if (letter == 'u') return read_code(out);
    constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    const auto at = letters.find(letter);
    if (at == std::string_view::npos) return false;
    out += meanings[at];
    return true;
  }

  bool read_code(std::string& out) {
    std::uint32_t code = 0;
    if (!read_hexadecimal(code)) return false;
    const bool is_first_half = code >= 0xD800 && code < 0xDC00;
    if (is_first_half && take("\\u")) {
      std::uint32_t second = 0;
      if (!read_hexadecimal(second)) return false;
      code = 0x10000 + ((code & 0x3FF) << 10) + (second & 0x3FF);
    }
    append_utf8(out, code);
    return true;
  }

  bool read_hexadecimal(std::uint32_t& code) {
    constexpr std::size_t digits = 4;
    if (rest_.size() < digits) return false;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + digits, code, 16);
    const bool is_whole = error == std::errc() && end == rest_.data() + digits;
    rest_.remove_prefix(digits);
    return is_whole;
  }

  std::string_view rest_;
};

std::optional<Json> Json::parse(std::string_view text) {
  Json value;
  JsonParser parser(text);
  if (!parser.read(value, 0) || !parser.at_end()) return std::nullopt;
  return value;
}

const Json& Json::operator[](std::string_view key) const {
  const auto& members = object();
  const auto at = members.find(key);
  return at == members.end() ? null : at->second;
}

std::optional<std::string> Json::text() const {
  if (const auto* string = std::get_if<std::string>(&value_)) return *string;
  if (const auto* number = std::get_if<Number>(&value_)) return number->text;
  if (const auto* is_true = std::get_if<bool>(&value_)) return *is_true ? "true" : "false";
  return std::nullopt;
}

std::optional<bool> Json::truth() const {
  if (const auto* is_true = std::get_if<bool>(&value_)) return *is_true;
  return std::nullopt;
}

std::optional<std::int64_t> Json::integer() const {
  const auto* number = std::get_if<Number>(&value_);
  if (number == nullptr) return std::nullopt;
  std::int64_t integer = 0;
  const auto [end, error] = std::from_chars(number->text.data(), number->text.data() + number->text.size(), integer);
  if (error != std::errc() || end != number->text.data() + number->text.size()) return std::nullopt;
  return integer;
}

const Json::Array& Json::array() const {
  static const Array none;
  const auto* array = std::get_if<Array>(&value_);
  return array == nullptr ? none : *array;
}

const Json::Object& Json::object() const {
  static const Object none;
  const auto* object = std::get_if<Object>(&value_);
  return object == nullptr ? none : *object;
}

}  // namespace tracer
