#include "filter_set.hpp"

#include <algorithm>
#include <bit>
#include <deque>
#include <string>
#include <unordered_map>

#include "node.hpp"

namespace tracer {
namespace filter {
namespace {

// A part of several filters, evaluated at most once for each event.
class Memo {
 public:
  Memo(std::unique_ptr<Node> node, const std::uint64_t& serial) : node_(std::move(node)), serial_(serial) {}
  bool matches(FieldContext& context) const {
    if (known_for_ != serial_) {
      outcome_ = node_->matches(context);
      known_for_ = serial_;
    }
    return outcome_;
  }
  const Node& node() const { return *node_; }

 private:
  std::unique_ptr<Node> node_;
  const std::uint64_t& serial_;
  mutable std::uint64_t known_for_ = 0;
  mutable bool outcome_ = false;
};

class SharedNode final : public Node {
 public:
  explicit SharedNode(std::shared_ptr<const Memo> memo) : memo_(std::move(memo)) {}
  bool matches(FieldContext& context) const override { return memo_->matches(context); }
  Verdict verdict(EventKind kind) const override { return memo_->node().verdict(kind); }
  int cost() const override { return memo_->node().cost(); }
  bool keeps_history() const override { return memo_->node().keeps_history(); }

 private:
  std::shared_ptr<const Memo> memo_;
};

// A text that is the same for two programs only if they mean the same.
class Key {
 public:
  Key& add(std::string_view text) {
    add_number(text.size());
    text_ += text;
    return *this;
  }
  Key& add_number(std::size_t number) {
    text_ += std::to_string(number);
    text_ += ' ';
    return *this;
  }
  Key& add(const OperandProgram& operand) {
    add_number(static_cast<std::size_t>(operand.kind)).add(operand.name).add_number(operand.argument ? 1 : 0);
    if (operand.argument) add(*operand.argument);
    add_number(operand.operands.size());
    for (const auto& part : operand.operands) add(part);
    return *this;
  }
  Key& add(const Constant& constant) {
    add_number(static_cast<std::size_t>(constant.kind)).add(constant.bytes).add_number(constant.number ? 1 : 0);
    if (constant.number) {
      const auto bits = static_cast<unsigned __int128>(*constant.number);
      add_number(static_cast<std::size_t>(bits)).add_number(static_cast<std::size_t>(bits >> 64));
    }
    return add_number(std::bit_cast<std::uint64_t>(constant.real)).add_number(constant.prefix_length);
  }
  Key& add(const CheckProgram& check) {
    add(check.left).add_number(static_cast<std::size_t>(check.op)).add_number(static_cast<std::size_t>(check.modifier));
    add_number(check.all_values ? 1 : 0).add_number(check.constants.size());
    for (const auto& constant : check.constants) add(constant);
    add_number(check.right ? 1 : 0);
    return check.right ? add(*check.right) : *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// Finds the parts that programs have in common, then makes their nodes.
class Sharing {
 public:
  explicit Sharing(const std::uint64_t& serial) : serial_(serial) {}

  void count(const Program& program) { ++parts_[intern(program)].uses; }

  std::unique_ptr<Node> make(const Program& program) {
    auto& part = parts_[ids_by_program_.at(&program)];
    if (part.memo) return std::make_unique<SharedNode>(part.memo);
    auto node = make_node(program, [this](const Program& child) { return make(child); });
    if (part.uses < 2 || node->keeps_history() || node->cost() < worth_remembering) return node;
    part.memo = std::make_shared<const Memo>(std::move(node), serial_);
    return std::make_unique<SharedNode>(part.memo);
  }

 private:
  struct Part {
    std::size_t uses = 0;
    std::shared_ptr<const Memo> memo;
  };
  // Remembering costs about as much as the cheapest checks.
  static constexpr int worth_remembering = 8;

  std::size_t intern(const Program& program) {
    Key key;
    key.add_number(static_cast<std::size_t>(program.kind));
    std::vector<std::size_t> children;
    for (const auto& child : program.children) key.add_number(children.emplace_back(intern(child)));
    if (program.kind == Program::Kind::check) key.add(program.check);
    if (program.kind == Program::Kind::around) key.add_number(program.timestamp).add_number(program.distance);
    const auto [found, is_new] = ids_.try_emplace(key.take(), parts_.size());
    if (is_new) {
      parts_.emplace_back();
      for (const auto child : children) ++parts_[child].uses;
    }
    ids_by_program_[&program] = found->second;
    return found->second;
  }

  const std::uint64_t& serial_;
  std::unordered_map<std::string, std::size_t> ids_;
  std::unordered_map<const Program*, std::size_t> ids_by_program_;
  std::deque<Part> parts_;
};

}  // namespace
}  // namespace filter

FilterSet::FilterSet(const std::vector<filter::Program>& programs, bool first_only, const Codes& codes)
    : first_only_(first_only), codes_(codes), by_code_(event_code_count), by_call_(2 * syscall_id_names.size()) {
  filter::Sharing sharing(serial_);
  for (const auto& program : programs) sharing.count(program);
  for (const auto& program : programs) filters_.push_back(sharing.make(program));
}

FilterSet::~FilterSet() = default;

bool FilterSet::matches(FieldContext& context) const {
  matched_.clear();
  const auto& record = context.event.record;
  if (record.type >= event_code_count || !codes_[record.type]) return false;
  ++serial_;
  for (const auto filter : candidates(record)) {
    if (!filters_[filter]->matches(context)) continue;
    matched_.push_back(filter);
    if (first_only_) break;
  }
  return !matched_.empty();
}

const FilterSet::Candidates& FilterSet::candidates(const Record& record) const {
  EventKind kind{record.type};
  auto* found = &by_code_[record.type];
  const bool is_generic = record.type == code::GENERIC_E || record.type == code::GENERIC_X;
  if (is_generic && !has_shape_of_0293(record)) {  // older records have names of their own
    kind.call = generic_id(record);
    const std::size_t at = 2u * *kind.call + record.type % 2;
    if (at < by_call_.size()) found = &by_call_[at];
  }
  if (!*found) *found = find_candidates(kind);
  return **found;
}

FilterSet::Candidates FilterSet::find_candidates(EventKind kind) const {
  Candidates found;
  for (std::uint32_t filter = 0; filter < filters_.size(); ++filter) {
    if (is_candidate(filter, kind)) found.push_back(filter);
  }
  return found;
}

bool FilterSet::is_candidate(std::size_t filter, EventKind kind) const {
  // One that keeps history wants to be asked for every event.
  return filters_[filter]->keeps_history() || filters_[filter]->verdict(kind) != filter::Verdict::no;
}

bool FilterSet::may_match(EventKind kind) const {
  if (kind.code >= event_code_count || !codes_[kind.code]) return false;
  return std::ranges::any_of(filters_, [kind](const auto& node) { return node->verdict(kind) != filter::Verdict::no; });
}

bool FilterSet::keeps_history() const {
  return std::ranges::any_of(filters_, [](const auto& node) { return node->keeps_history(); });
}

}  // namespace tracer
