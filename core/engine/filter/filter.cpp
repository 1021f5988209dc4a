#include "filter.hpp"

#include <algorithm>
#include <array>

#include "node.hpp"

namespace tracer {
namespace filter {
namespace {

using Nodes = std::vector<std::unique_ptr<Node>>;

bool any_keeps_history(const Nodes& nodes) {
  return std::ranges::any_of(nodes, [](const auto& node) { return node->keeps_history(); });
}

// Reading most fields changes nothing, so checks may run in any order: the cheap ones first.
Nodes sorted_by_cost(Nodes nodes) {
  if (any_keeps_history(nodes)) return nodes;
  std::ranges::stable_sort(nodes, {}, [](const auto& node) { return node->cost(); });
  return nodes;
}

int total_cost(const Nodes& nodes) {
  int cost = 0;
  for (const auto& node : nodes) cost += node->cost();
  return cost;
}

// All children, or any child; `decisive` is the outcome of one child that settles it.
template <bool decisive>
class Junction final : public Node {
 public:
  explicit Junction(Nodes children) : children_(sorted_by_cost(std::move(children))), cost_(total_cost(children_)) {}
  bool matches(FieldContext& context) const override {
    for (const auto& child : children_) {
      if (child->matches(context) == decisive) return decisive;
    }
    return !decisive;
  }
  Verdict verdict(EventKind kind) const override {
    return combined([&](const Node& child) { return child.verdict(kind); });
  }
  Verdict verdict_of(EventKind kind, const Thread& thread) const override {
    return combined([&](const Node& child) { return child.verdict_of(kind, thread); });
  }
  bool asks_for_thread() const override {
    return std::ranges::any_of(children_, [](const auto& child) { return child->asks_for_thread(); });
  }
  int cost() const override { return cost_; }
  bool keeps_history() const override { return any_keeps_history(children_); }

 private:
  template <typename Ask>
  Verdict combined(Ask ask) const {
    bool open = false;
    for (const auto& child : children_) {
      const auto one = ask(*child);
      if (one == (decisive ? Verdict::yes : Verdict::no)) return one;
      open |= one == Verdict::open;
    }
    if (open) return Verdict::open;
    return decisive ? Verdict::no : Verdict::yes;
  }

  Nodes children_;
  int cost_;
};
using All = Junction<false>;
using Any = Junction<true>;

class Negation final : public Node {
 public:
  explicit Negation(std::unique_ptr<Node> child) : child_(std::move(child)) {}
  bool matches(FieldContext& context) const override { return !child_->matches(context); }
  Verdict verdict(EventKind kind) const override { return opposite(child_->verdict(kind)); }
  Verdict verdict_of(EventKind kind, const Thread& thread) const override {
    return opposite(child_->verdict_of(kind, thread));
  }
  bool asks_for_thread() const override { return child_->asks_for_thread(); }
  int cost() const override { return child_->cost(); }
  bool keeps_history() const override { return child_->keeps_history(); }

 private:
  static Verdict opposite(Verdict verdict) {
    if (verdict == Verdict::open) return verdict;
    return verdict == Verdict::yes ? Verdict::no : Verdict::yes;
  }

  std::unique_ptr<Node> child_;
};

class Around final : public Node {
 public:
  Around(std::uint64_t timestamp, std::uint64_t distance) : timestamp_(timestamp), distance_(distance) {}
  bool matches(FieldContext& context) const override {
    const auto time = context.event.record.timestamp;
    return (time > timestamp_ ? time - timestamp_ : timestamp_ - time) <= distance_;
  }
  int cost() const override { return 1; }

 private:
  std::uint64_t timestamp_, distance_;
};

std::unique_ptr<Node> make_whole_node(const Program& program) { return make_node(program, make_whole_node); }

// Most filters name event types: then the event's code settles most events before any field is read.
class CompiledFilter final : public Filter {
 public:
  explicit CompiledFilter(std::unique_ptr<const Node> root) : root_(std::move(root)) {
    verdicts_.fill(Verdict::open);
    if (root_->keeps_history()) return;
    asks_for_thread_ = root_->asks_for_thread();
    for (std::uint16_t code = 0; code < event_code_count; ++code) verdicts_[code] = root_->verdict({code});
  }
  bool matches(FieldContext& context) const override {
    const auto code = context.event.record.type;
    const auto verdict = code < event_code_count ? verdicts_[code] : Verdict::open;
    return verdict == Verdict::open ? root_->matches(context) : verdict == Verdict::yes;
  }
  bool rejects(std::uint16_t code, const Thread& thread) const override {
    if (verdicts_[code] != Verdict::open) return verdicts_[code] == Verdict::no;
    return asks_for_thread_ && root_->verdict_of({code}, thread) == Verdict::no;
  }
  bool may_match(EventKind kind) const override { return root_->verdict(kind) != Verdict::no; }
  bool keeps_history() const override { return root_->keeps_history(); }

 private:
  std::unique_ptr<const Node> root_;
  std::array<Verdict, event_code_count> verdicts_{};
  bool asks_for_thread_ = false;
};

}  // namespace

std::unique_ptr<Node> make_node(const Program& program, const NodeMaker& make_child) {
  Nodes children;
  for (const auto& child : program.children) children.push_back(make_child(child));
  switch (program.kind) {
    case Program::Kind::all:
      return std::make_unique<All>(std::move(children));
    case Program::Kind::any:
      return std::make_unique<Any>(std::move(children));
    case Program::Kind::negation:
      return std::make_unique<Negation>(std::move(children.at(0)));
    case Program::Kind::around:
      return std::make_unique<Around>(program.timestamp, program.distance);
    case Program::Kind::check:
      break;
  }
  return make_check(program.check);
}

}  // namespace filter

std::unique_ptr<const Filter> compile_filter(const filter::Program& program) {
  return std::make_unique<filter::CompiledFilter>(filter::make_whole_node(program));
}

}  // namespace tracer
