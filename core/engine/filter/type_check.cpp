#include <bitset>

#include "../schema.hpp"
#include "comparison.hpp"
#include "node.hpp"

namespace tracer::filter {
namespace {

bool is_generic(std::uint16_t code) { return code == code::GENERIC_E || code == code::GENERIC_X; }

// evt.type or evt.dir: the comparison is made once for each event code, so that an event costs one look into a table.
// Only generic events, whose type is the name of a system call, are compared one by one.
class TypeCheck final : public Node {
 public:
  TypeCheck(const CheckProgram& program, bool of_direction)
      : comparison_(make_comparison(program.op, program.modifier, program.constants)), of_direction_(of_direction) {
    for (std::uint16_t code = 0; code < event_code_count; ++code) {
      by_code_[code] = fits(of_direction ? (is_enter(code) ? ">" : "<") : events[code].name);
    }
  }

  bool matches(FieldContext& context) const override {
    const auto& record = context.event.record;
    if (record.type >= event_code_count) return false;
    if (of_direction_ || !is_generic(record.type)) return by_code_[record.type];
    return fits(generic_name(record));
  }
  Verdict verdict(EventKind kind) const override {
    if (of_direction_ || !is_generic(kind.code)) return by_code_[kind.code] ? Verdict::yes : Verdict::no;
    if (!kind.call || *kind.call >= syscall_id_names.size()) return Verdict::open;
    return fits(syscall_id_names[*kind.call]) ? Verdict::yes : Verdict::no;
  }
  int cost() const override { return 1; }

 private:
  bool fits(std::string_view name) const {
    Value value;
    value.type = ParamType::charbuf_;
    value.text = name;
    return comparison_->fits(value);
  }

  std::unique_ptr<Comparison> comparison_;
  bool of_direction_;
  std::bitset<event_code_count> by_code_;
};

}  // namespace

std::unique_ptr<Node> make_type_check(const CheckProgram& program) {
  if (program.right || program.left.kind != OperandProgram::Kind::field || program.left.argument) return nullptr;
  const bool of_direction = program.left.name == "evt.dir";
  if (!of_direction && program.left.name != "evt.type") return nullptr;
  return std::make_unique<TypeCheck>(program, of_direction);
}

}  // namespace tracer::filter
