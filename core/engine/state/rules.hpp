// What each event type means to the tables.
#pragma once
#include <array>

#include "apply.hpp"

namespace tracer {

// How State treats events of one type.
struct Rule {
  void (*apply)(Update&) = nullptr;
  std::int8_t fd_param = -1;        // the descriptor the event is about, where it uses one
  bool uses_fd = false;             // its descriptor counts before the handler runs
  bool shows_fd = false;            // it has to do with a descriptor at all
  bool skips_thread = false;        // says nothing of the thread it names
  bool needs_known_thread = false;  // a thread nobody announced stays unknown
  bool keeps_enter = false;         // of an enter event: the exit event's handler looks at its parameters
  Effect effect = Effect::none;     // of the handler
  bool may_be_passed_by = false;    // see State::pass_by
};

using Rules = std::array<Rule, event_code_count>;
extern const Rules rules;
extern const Rules rules_of_0293;  // for records of the shape that sysdig 0.29.3 knows

inline const Rule& rule_of(std::uint16_t type, bool is_of_0293) { return (is_of_0293 ? rules_of_0293 : rules)[type]; }

// A successful execveat ends in the exit event of execve in current streams.
inline bool belongs(std::uint16_t enter, std::uint16_t exit) {
  return enter + 1 == exit || (enter == code::SYSCALL_EXECVEAT_E && exit == code::SYSCALL_EXECVE_19_X);
}

// `event`: a Record, or a Glance.
inline bool is_newer_than_0293(const auto& event) {
  return event.type >= first_code_after_0293 || event.param_count > events[event.type].params_in_0293;
}

inline void remember_enter(PendingEnter& enter, const Rule& rule, const auto& event, Bytes raw, std::uint64_t number) {
  enter.type = event.type;
  enter.cpu = event.cpu;
  enter.timestamp = event.timestamp;
  enter.number = number;
  enter.is_v1 = event.is_v1;
  enter.is_used = false;
  if (rule.keeps_enter) {
    enter.raw.assign(raw.begin(), raw.end());
  } else {
    enter.raw.clear();
  }
}

}  // namespace tracer
