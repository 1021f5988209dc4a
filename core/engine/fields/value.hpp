// The value of a field for one event.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../bytes.hpp"
#include "../schema.hpp"

namespace tracer {

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
  bool printable_only = false;       // printed without the control characters that `text` may hold

  std::int64_t as_signed() const { return static_cast<std::int64_t>(number); }
};

}  // namespace tracer
