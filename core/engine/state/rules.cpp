#include "rules.hpp"

namespace tracer {
namespace {

// Their exit events only say how they ended; fields of paths look at the enter event.
constexpr std::uint16_t enter_events_with_paths[] = {
    code::SYSCALL_LINK_E,     code::SYSCALL_LINKAT_E, code::SYSCALL_UNLINK_E,
    code::SYSCALL_UNLINKAT_E, code::SYSCALL_MKDIR_E,  code::SYSCALL_RMDIR_E,
};

bool is_clone_exit(std::uint16_t type) {
  switch (type) {
    case code::SYSCALL_CLONE_11_X:
    case code::SYSCALL_CLONE_16_X:
    case code::SYSCALL_CLONE_17_X:
    case code::SYSCALL_CLONE_20_X:
    case code::SYSCALL_FORK_X:
    case code::SYSCALL_FORK_17_X:
    case code::SYSCALL_FORK_20_X:
    case code::SYSCALL_VFORK_X:
    case code::SYSCALL_VFORK_17_X:
    case code::SYSCALL_VFORK_20_X:
    case code::SYSCALL_CLONE3_X:
      return true;
    default:
      return false;
  }
}

// Events that the engine's side made, of no thread.
bool is_about_no_thread(std::uint16_t type) {
  switch (type) {
    case code::CONTAINER_JSON_E:
    case code::CONTAINER_JSON_2_E:
    case code::PLUGINEVENT_E:
    case code::USER_ADDED_E:
    case code::USER_DELETED_E:
    case code::GROUP_ADDED_E:
    case code::GROUP_DELETED_E:
    case code::ASYNCEVENT_E:
      return true;
    default:
      return false;
  }
}

// The parameter that says which descriptor the call uses: the first, but for what an exit event returns.
std::int8_t fd_param_of(std::uint16_t type) {
  const auto params = events[type].params;
  for (std::size_t i = is_enter(type) ? 0 : 1; i < params.size(); ++i) {
    if (params[i].type == ParamType::fd_) return static_cast<std::int8_t>(i);
  }
  return -1;
}

Rules make_rules(bool are_of_0293) {
  Rules made;
  constexpr auto shown = event_flag::uses_fd | event_flag::creates_fd | event_flag::destroys_fd;
  for (std::uint16_t type = 0; type < event_code_count; ++type) {
    auto& rule = made[type];
    const auto event_flags = are_of_0293 ? events[type].flags_in_0293 : events[type].flags;
    rule.uses_fd = event_flags & event_flag::uses_fd;
    rule.shows_fd = event_flags & shown;
    rule.fd_param = rule.uses_fd ? fd_param_of(type) : -1;
    rule.skips_thread = (event_flags & event_flag::skipparsereset) || is_about_no_thread(type);
    rule.needs_known_thread = is_clone_exit(type) || type == code::SCHEDSWITCH_6_E;
  }
  for (const auto type : enter_events_with_paths) made[type].keeps_enter = true;
  for (const auto handlers : {process_handlers(), exec_handlers(), file_handlers(), descriptor_handlers(),
                              network_handlers(), identity_handlers()}) {
    for (const auto& handler : handlers) {
      made[handler.code].apply = handler.apply;
      made[handler.code].effect = handler.effect;
      if (handler.needs_enter) made[handler.code - 1].keeps_enter = true;
    }
  }
  for (std::uint16_t type = 0; type < event_code_count; ++type) {
    auto& rule = made[type];
    const bool is_simple =
        !rule.skips_thread && !rule.needs_known_thread && type != code::SOCKET_SETSOCKOPT_X && !restates_accounts(type);
    rule.may_be_passed_by = (is_simple || rule.effect == Effect::schedule) && rule.effect != Effect::any;
  }
  return made;
}

}  // namespace

const Rules rules = make_rules(false);
const Rules rules_of_0293 = make_rules(true);

bool changes_state(std::uint16_t code) { return code < event_code_count && rules[code].apply != nullptr; }

}  // namespace tracer
