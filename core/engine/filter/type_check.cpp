#include <bitset>

#include "../schema.hpp"
#include "comparison.hpp"
#include "node.hpp"

namespace tracer::filter {
namespace {

constexpr std::size_t syscall_id_capacity = 1024;

bool is_generic(std::uint16_t code) { return code == code::GENERIC_E || code == code::GENERIC_X; }

// evt.type or evt.dir: the comparison is made once for each event code (and, for generic events, for each system
// call), so that an event costs one look into a table.
class TypeCheck final : public Node {
 public:
  TypeCheck(const CheckProgram& program, bool of_direction) : of_direction_(of_direction) {
    const auto comparison = make_comparison(program.op, program.modifier, program.constants);
    Value value;
    value.type = ParamType::charbuf_;
    for (std::uint16_t code = 0; code < event_code_count; ++code) {
      value.text = of_direction ? (is_enter(code) ? ">" : "<") : events[code].name;
      by_code_[code] = comparison->fits(value);
    }
    for (std::size_t id = 0; id < syscall_id_names.size() && id < syscall_id_capacity; ++id) {
      value.text = syscall_id_names[id];
      by_syscall_[id] = comparison->fits(value);
    }
  }

  bool matches(FieldContext& context) const override {
    const auto& record = context.event.record;
    if (record.type >= event_code_count) return false;
    if (of_direction_ || !is_generic(record.type)) return by_code_[record.type];
    const auto id = record.value<std::uint16_t>(0);
    return by_syscall_[id < syscall_id_names.size() && id < syscall_id_capacity ? id : 0];
  }
  Verdict verdict(std::uint16_t code) const override {
    if (!of_direction_ && is_generic(code)) return Verdict::open;
    return by_code_[code] ? Verdict::yes : Verdict::no;
  }
  int cost() const override { return 1; }

 private:
  bool of_direction_;
  std::bitset<event_code_count> by_code_;
  std::bitset<syscall_id_capacity> by_syscall_;
};

}  // namespace

std::unique_ptr<Node> make_type_check(const CheckProgram& program) {
  if (program.right || program.left.kind != OperandProgram::Kind::field || program.left.argument) return nullptr;
  const bool of_direction = program.left.name == "evt.dir";
  if (!of_direction && program.left.name != "evt.type") return nullptr;
  return std::make_unique<TypeCheck>(program, of_direction);
}

}  // namespace tracer::filter
