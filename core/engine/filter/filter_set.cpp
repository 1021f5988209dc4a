#include "filter_set.hpp"

#include <algorithm>
#include <bit>
#include <deque>
#include <iterator>
#include <string>
#include <unordered_map>

#include "node.hpp"

namespace tracer {
namespace filter {
namespace {

// A part of several filters, evaluated at most once for each event, unless that is less work than remembering it.
class Memo {
 public:
  Memo(std::unique_ptr<Node> node, const std::uint64_t& serial)
      : node_(std::move(node)), serial_(serial), remembers_(node_->cost() >= worth_remembering) {}
  bool matches(FieldContext& context) const {
    if (!remembers_) return node_->matches(context);
    if (known_for_ != serial_) {
      outcome_ = node_->matches(context);
      known_for_ = serial_;
    }
    return outcome_;
  }
  // Asked by many filters for one call after the other.
  Verdict verdict(EventKind kind) const {
    if (!kind.call || kind.code != verdict_for_.code || kind.call != verdict_for_.call) {
      verdict_ = node_->verdict(kind);
      verdict_for_ = kind;
    }
    return verdict_;
  }
  const Node& node() const { return *node_; }

 private:
  static constexpr int worth_remembering = 8;

  std::unique_ptr<Node> node_;
  const std::uint64_t& serial_;
  bool remembers_;
  mutable EventKind verdict_for_;
  mutable Verdict verdict_ = Verdict::open;
  mutable std::uint64_t known_for_ = 0;
  mutable bool outcome_ = false;
};

class SharedNode final : public Node {
 public:
  explicit SharedNode(std::shared_ptr<const Memo> memo) : memo_(std::move(memo)) {}
  bool matches(FieldContext& context) const override { return memo_->matches(context); }
  Verdict verdict(EventKind kind) const override { return memo_->verdict(kind); }
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

struct Outcomes {
  std::bitset<event_code_count> no, yes;
};

// Finds the parts that programs have in common, then makes their nodes.
class Sharing {
 public:
  explicit Sharing(const std::uint64_t& serial) : serial_(serial) {}

  void count(const Program& program) { ++parts_[intern(program)].uses; }

  // The event types for which the program, which is made, has the same outcome whatever else the event is.
  const Outcomes& outcomes(const Program& program) const { return parts_[ids_by_program_.at(&program)].outcomes; }

  std::unique_ptr<Node> make(const Program& program) {
    auto& part = parts_[ids_by_program_.at(&program)];
    if (part.memo) return std::make_unique<SharedNode>(part.memo);
    auto node = make_node(program, [this](const Program& child) { return make(child); });
    part.outcomes = find_outcomes(program, *node);
    if (part.uses < 2 || node->keeps_history()) return node;
    part.memo = std::make_shared<const Memo>(std::move(node), serial_);
    return std::make_unique<SharedNode>(part.memo);
  }

 private:
  struct Part {
    std::size_t uses = 0;
    std::shared_ptr<const Memo> memo;
    Outcomes outcomes;
  };

  // The same as asking the node for each code, which takes long for many large programs.
  Outcomes find_outcomes(const Program& program, const Node& node) const {
    Outcomes found;
    switch (program.kind) {
      case Program::Kind::all:
        found.yes.set();
        for (const auto& child : program.children) found = {found.no | of(child).no, found.yes & of(child).yes};
        break;
      case Program::Kind::any:
        found.no.set();
        for (const auto& child : program.children) found = {found.no & of(child).no, found.yes | of(child).yes};
        break;
      case Program::Kind::negation:
        found = {of(program.children[0]).yes, of(program.children[0]).no};
        break;
      default:
        for (std::uint16_t code = 0; code < event_code_count; ++code) {
          const auto verdict = node.verdict({code});
          found.no[code] = verdict == Verdict::no;
          found.yes[code] = verdict == Verdict::yes;
        }
    }
    return found;
  }
  const Outcomes& of(const Program& program) const { return outcomes(program); }

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

// Which call a generic event stands for, by today's ids; nothing for one that has none.
std::optional<std::uint16_t> call_of(const Record& record) {
  static const auto ids_of_0293 = [] {
    std::vector<std::optional<std::uint16_t>> ids;
    for (const auto name : syscall_id_names_in_0293) {
      const auto found = std::ranges::find(syscall_id_names, name);
      const auto at = static_cast<std::uint16_t>(found - syscall_id_names.begin());
      ids.push_back(at < syscall_id_names.size() ? std::optional(at) : std::nullopt);
    }
    return ids;
  }();
  const auto id = generic_id(record);
  if (has_shape_of_0293(record)) return id < ids_of_0293.size() ? ids_of_0293[id] : std::nullopt;
  return id < syscall_id_names.size() ? std::optional(id) : std::nullopt;
}

}  // namespace
}  // namespace filter

FilterSet::FilterSet(const std::vector<filter::Program>& programs, bool first_only, const Codes& codes)
    : first_only_(first_only), codes_(codes), by_code_(event_code_count), by_call_(2 * syscall_id_names.size()) {
  filter::Sharing sharing(serial_);
  for (const auto& program : programs) sharing.count(program);
  for (const auto& program : programs) {
    const auto& node = filters_.emplace_back(sharing.make(program));
    // One that keeps history wants to be asked for every event.
    const auto wanted = node->keeps_history() ? codes_ : codes_ & ~sharing.outcomes(program).no;
    const auto place = static_cast<std::uint32_t>(filters_.size() - 1);
    for (std::size_t code = 0; code < event_code_count; ++code) {
      if (wanted[code]) by_code_[code].push_back(place);
    }
  }
}

FilterSet::~FilterSet() = default;

bool FilterSet::matches(FieldContext& context) const {
  matched_.clear();
  const auto& record = context.event.record;
  if (record.type >= event_code_count) return false;
  ++serial_;
  for (const auto filter : candidates(record)) {
    if (!filters_[filter]->matches(context)) continue;
    matched_.push_back(filter);
    if (first_only_) break;
  }
  return !matched_.empty();
}

const FilterSet::Candidates& FilterSet::candidates(const Record& record) const {
  const auto& by_code = by_code_[record.type];
  if (record.type != code::GENERIC_E && record.type != code::GENERIC_X) return by_code;
  const auto call = filter::call_of(record);
  if (!call) return by_code;
  auto& known = by_call_[2u * *call + record.type % 2];
  if (!known) {
    known.emplace();
    std::ranges::copy_if(by_code, std::back_inserter(*known), [&](std::uint32_t filter) {
      const auto& node = *filters_[filter];
      return node.keeps_history() || node.verdict({record.type, call}) != filter::Verdict::no;
    });
  }
  return *known;
}

bool FilterSet::may_match(EventKind kind) const {
  if (kind.code >= event_code_count) return false;
  return std::ranges::any_of(by_code_[kind.code], [&](std::uint32_t filter) {
    return !kind.call || filters_[filter]->verdict(kind) != filter::Verdict::no;
  });
}

bool FilterSet::rejects(std::uint16_t code, const Thread&) const {
  return code < event_code_count && by_code_[code].empty();
}

bool FilterSet::keeps_history() const {
  return std::ranges::any_of(filters_, [](const auto& node) { return node->keeps_history(); });
}

}  // namespace tracer
