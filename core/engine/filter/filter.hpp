// A compiled filter: says for each event whether it passes.
#pragma once
#include <memory>

#include "../fields/field.hpp"
#include "program.hpp"

namespace tracer {

class Filter {
 public:
  virtual ~Filter() = default;
  virtual bool matches(FieldContext& context) const = 0;
};

// Throws std::invalid_argument for a program that names unknown fields or compares what cannot be compared.
std::unique_ptr<const Filter> compile_filter(const filter::Program& program);

// What is wrong with a regular expression; empty for nothing.
std::string regex_error(std::string_view pattern);

}  // namespace tracer
