#include <algorithm>

#include "comparison.hpp"
#include "node.hpp"
#include "operand.hpp"

namespace tracer::filter {
namespace {

template <typename Fits>
bool quantified(const Values& values, bool all, Fits&& fits) {
  if (all) return !values.empty() && std::ranges::all_of(values, fits);
  return std::ranges::any_of(values, fits);
}

// What has no value is in no relation to anything.
Verdict verdict_by_kind(const Operand& left, EventKind kind) {
  return left.may_have_value(kind.code) ? Verdict::open : Verdict::no;
}

class ConstantCheck final : public Node {
 public:
  explicit ConstantCheck(const CheckProgram& program)
      : left_(make_operand(program.left)),
        comparison_(make_comparison(program.op, program.modifier, program.constants)),
        all_(program.all_values),
        cost_(left_->cost() + (program.op == Operator::regex || program.op == Operator::glob ? 100 : 5)) {}

  bool matches(FieldContext& context) const override {
    auto& values = context.scratch.left;
    values.clear();
    left_->read(context, values);
    return quantified(values, all_, [this](const Value& value) { return comparison_->fits(value); });
  }
  Verdict verdict(EventKind kind) const override { return verdict_by_kind(*left_, kind); }
  int cost() const override { return cost_; }
  bool keeps_history() const override { return left_->keeps_history(); }

 private:
  std::unique_ptr<Operand> left_;
  std::unique_ptr<Comparison> comparison_;
  bool all_;
  int cost_;
};

class OperandCheck final : public Node {
 public:
  explicit OperandCheck(const CheckProgram& program)
      : left_(make_operand(program.left)),
        right_(make_operand(*program.right)),
        op_(program.op),
        all_(program.all_values) {}

  bool matches(FieldContext& context) const override {
    auto& left = context.scratch.left;
    left.clear();
    left_->read(context, left);
    if (left.empty()) return false;
    auto& right = context.scratch.right;
    right.clear();
    right_->read(context, right);
    return quantified(left, all_, [&](const Value& value) {
      return std::ranges::any_of(right, [&](const Value& wanted) { return values_fit(op_, value, wanted); });
    });
  }
  Verdict verdict(EventKind kind) const override { return verdict_by_kind(*left_, kind); }
  int cost() const override { return left_->cost() + right_->cost() + 5; }
  bool keeps_history() const override { return left_->keeps_history() || right_->keeps_history(); }

 private:
  std::unique_ptr<Operand> left_;
  std::unique_ptr<Operand> right_;
  Operator op_;
  bool all_;
};

}  // namespace

std::unique_ptr<Node> make_check(const CheckProgram& program) {
  if (program.right) return std::make_unique<OperandCheck>(program);
  if (auto check = make_type_check(program)) return check;
  if (auto check = make_name_check(program)) return check;
  return std::make_unique<ConstantCheck>(program);
}

}  // namespace tracer::filter
