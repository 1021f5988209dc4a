// A compiled filter: says for each event whether it passes.
#pragma once
#include "../fields/field.hpp"

namespace tracer {

class Filter {
 public:
  virtual ~Filter() = default;
  virtual bool matches(FieldContext& context) const = 0;
};

}  // namespace tracer
