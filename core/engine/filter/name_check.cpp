#include <algorithm>

#include "comparison.hpp"
#include "node.hpp"

namespace tracer::filter {
namespace {

// proc.name: what most filters ask of every event, and what stays the same from one event of a thread to the next.
class NameCheck final : public Node {
 public:
  explicit NameCheck(const CheckProgram& program) {
    if (program.constants.size() == 1) {
      name_ = program.constants.front().bytes;
    } else {
      comparison_ = make_comparison(program.op, program.modifier, program.constants);
    }
  }

  bool matches(FieldContext& context) const override {
    return context.event.thread != nullptr && fits(context.event.thread->comm);
  }
  Verdict verdict_of(EventKind, const Thread& thread) const override {
    return fits(thread.comm) ? Verdict::yes : Verdict::no;
  }
  bool asks_for_thread() const override { return true; }
  int cost() const override { return 2; }

 private:
  bool fits(std::string_view name) const {
    if (!comparison_) return name == name_;
    Value value;
    value.type = ParamType::charbuf_;
    value.text = name;
    return comparison_->fits(value);
  }

  std::string name_;
  std::unique_ptr<Comparison> comparison_;  // null where `name_` is the only name
};

}  // namespace

std::unique_ptr<Node> make_name_check(const CheckProgram& program) {
  const bool is_name =
      program.left.kind == OperandProgram::Kind::field && program.left.name == "proc.name" && !program.left.argument;
  const bool is_equality = program.op == Operator::in || program.op == Operator::equal;
  const bool is_any = program.modifier == Modifier::none || program.modifier == Modifier::any_of;
  if (!is_name || !is_equality || !is_any || program.right || program.constants.empty()) return nullptr;
  const bool are_texts = std::ranges::all_of(
      program.constants, [](const auto& constant) { return constant.kind == Constant::Kind::text; });
  return are_texts ? std::make_unique<NameCheck>(program) : nullptr;
}

}  // namespace tracer::filter
