// What stands on the left of an operator, and may stand on its right: fields, and functions of them.
#pragma once
#include <memory>

#include "../fields/field.hpp"
#include "program.hpp"

namespace tracer::filter {

class Operand {
 public:
  virtual ~Operand() = default;
  // Appends the values for the event; none where it has none.
  virtual void read(FieldContext& context, Values& values) const = 0;
  // False where no event with this code has a value.
  virtual bool may_have_value(std::uint16_t) const { return true; }
  // How much work reading is, in units of about a nanosecond.
  virtual int cost() const = 0;
  // Whether what it reads depends on which events it was read of before.
  virtual bool keeps_history() const { return false; }
};

// Throws std::invalid_argument for what is no field or no function.
std::unique_ptr<Operand> make_operand(const OperandProgram& program);

}  // namespace tracer::filter
