// The value of a field for one event.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../bytes.hpp"
#include "../schema.hpp"

namespace tracer {

// Types whose numbers may be negative.
constexpr bool is_signed(ParamType type) {
  switch (type) {
    case ParamType::int8_:
    case ParamType::int16_:
    case ParamType::int32_:
    case ParamType::int64_:
    case ParamType::errno_:
    case ParamType::fd_:
    case ParamType::pid_:
    case ParamType::fd32_:
    case ParamType::pid32_:
      return true;
    default:
      return false;
  }
}

// How control characters of a text that names something are printed.
enum class Controls : std::uint8_t { kept, dropped, dotted };

// `type` says which member counts: text types use `text`, byte types and addresses `bytes`, doubles `real`, all
// others `number` (signed types sign-extended). Views live until the next event.
struct Value {
  ParamType type = ParamType::none_;
  PrintFormat format = PrintFormat::na;
  std::uint64_t number = 0;
  double real = 0;
  std::string_view text;
  Bytes bytes;
  const ParamInfo* param = nullptr;  // for values that are event parameters: how to render them
  Controls controls = Controls::kept;

  std::int64_t as_signed() const { return static_cast<std::int64_t>(number); }
};

}  // namespace tracer
