// A compiled filter: says for each event whether it passes.
#pragma once
#include <memory>
#include <optional>

#include "../fields/field.hpp"
#include "program.hpp"

namespace tracer {

// What is known of an event before it happens: its code, and of a generic event the id of the call that it stands for.
struct EventKind {
  std::uint16_t code = 0;
  std::optional<std::uint16_t> call = {};  // nothing: of any call
};

class Filter {
 public:
  virtual ~Filter() = default;
  virtual bool matches(FieldContext& context) const = 0;
  // False where no event of this kind ever matches. True says nothing.
  virtual bool may_match(EventKind kind) const = 0;
  // True only where no event with this code by this thread, such as it is, matches. False says nothing.
  virtual bool rejects(std::uint16_t, const Thread&) const { return false; }
  // Whether the outcome for an event depends on which events were asked for before.
  virtual bool keeps_history() const = 0;
};

// Throws std::invalid_argument for a program that names unknown fields or compares what cannot be compared.
std::unique_ptr<const Filter> compile_filter(const filter::Program& program);

// What is wrong with a regular expression; empty for nothing.
std::string regex_error(std::string_view pattern);

}  // namespace tracer
