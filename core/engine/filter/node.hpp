// The nodes of a compiled filter.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "../fields/field.hpp"
#include "filter.hpp"
#include "program.hpp"

namespace tracer::filter {

// What the type of an event alone says of the outcome.
enum class Verdict : std::uint8_t { no, yes, open };

class Node {
 public:
  virtual ~Node() = default;
  virtual bool matches(FieldContext& context) const = 0;
  // The outcome for all events of this kind, where it is the same for all.
  virtual Verdict verdict(EventKind) const { return Verdict::open; }
  // The outcome for all events of this kind by this thread, where it is the same for all.
  virtual Verdict verdict_of(EventKind kind, const Thread&) const { return verdict(kind); }
  // Whether `verdict_of` can tell more than `verdict`.
  virtual bool asks_for_thread() const { return false; }
  // How much work `matches` is, in units of about a nanosecond.
  virtual int cost() const = 0;
  // Whether the outcome depends on which events it was asked for before: then it has to be asked in the order, and for
  // the events, that the filter's text says.
  virtual bool keeps_history() const { return false; }
};

using NodeMaker = std::function<std::unique_ptr<Node>(const Program&)>;
// The node for a program; `make_child` makes those of its parts.
std::unique_ptr<Node> make_node(const Program& program, const NodeMaker& make_child);
std::unique_ptr<Node> make_check(const CheckProgram& program);
// A comparison of proc.name with one name or several; null for any other check.
std::unique_ptr<Node> make_name_check(const CheckProgram& program);
// A check of evt.type or evt.dir with constants, answered from the event's code; null for any other check.
std::unique_ptr<Node> make_type_check(const CheckProgram& program);

}  // namespace tracer::filter
