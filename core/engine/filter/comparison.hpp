// Comparisons of one value of an event with constants.
#pragma once
#include <memory>
#include <vector>

#include "../fields/value.hpp"
#include "program.hpp"

namespace tracer::filter {

// What of a Value counts in comparisons: texts, buffers and addresses compare as bytes.
enum class ValueKind : std::uint8_t { data, number, real, opaque };

ValueKind kind_of(ParamType type);

inline std::string_view data_of(const Value& value) { return value.text.data() ? value.text : as_text(value.bytes); }
inline Number number_of(const Value& value) {
  return is_signed(value.type) ? Number{value.as_signed()} : Number{value.number};
}

class Comparison {
 public:
  virtual ~Comparison() = default;
  virtual bool fits(const Value& value) const = 0;
};

// Throws std::invalid_argument for constants that the operator cannot take.
std::unique_ptr<Comparison> make_comparison(Operator op, Modifier modifier, const std::vector<Constant>& constants);

// Whether `left` stands in this relation to `right`. Values of different kinds never do.
bool values_fit(Operator op, const Value& left, const Value& right);

}  // namespace tracer::filter
