// JSON texts as values, as far as the engine has to read any.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tracer {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::map<std::string, Json, std::less<>>;
  struct Number {
    std::string text;
  };

  // Nothing where the text is no JSON, or nests too deep.
  static std::optional<Json> parse(std::string_view text);

  // A member of an object; null where this is none, or has no such member.
  const Json& operator[](std::string_view key) const;
  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  // Strings as they are, numbers and truth values as they are written; nothing else has a text.
  std::optional<std::string> text() const;
  std::optional<bool> truth() const;
  std::optional<std::int64_t> integer() const;
  // Empty where this is none.
  const Array& array() const;
  const Object& object() const;

 private:
  friend class JsonParser;
  std::variant<std::nullptr_t, bool, Number, std::string, Array, Object> value_ = nullptr;
};

}  // namespace tracer
