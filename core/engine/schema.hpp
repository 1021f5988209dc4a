// The event schema as constant tables; the definitions are generated from core/schema.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "schema_codes.hpp"

namespace tracer {

struct FlagName {
  std::string_view name;
  std::uint32_t value;
  bool appended;  // unknown to sysdig 0.29.3
};

struct FlagTable {
  std::string_view name;
  std::span<const FlagName> names;
};

struct ParamInfo {
  std::string_view name;
  ParamType type;
  PrintFormat format;
  const FlagTable* flags;              // names of flag values, or null
  std::span<const ParamInfo> dynamic;  // alternatives of a `dyn` parameter
  std::int8_t dirfd_param;             // parameter with the descriptor a path starts from, or -1
  bool appended;                       // unknown to sysdig 0.29.3
  const ParamInfo* was;                // how sysdig 0.29.3 declares the same bytes, or null
};

struct EventInfo {
  std::string_view name;
  std::uint32_t categories;  // bits of namespace category
  std::uint32_t flags;       // bits of namespace event_flag
  std::span<const ParamInfo> params;
  std::uint32_t flags_in_0293;  // as sysdig 0.29.3 has them
  std::uint8_t params_in_0293;  // leading parameters that sysdig 0.29.3 knows
};

struct SyscallInfo {
  std::uint16_t id;     // architecture-independent id; 0 = unknown
  std::uint16_t enter;  // code of the enter event; the exit event's is one more
};

extern const std::string_view schema_fingerprint;  // changes with any byte of the schema
extern const std::span<const EventInfo, event_code_count> events;
extern const std::span<const FlagTable> flag_tables;
extern const std::span<const std::string_view> syscall_id_names;          // "" where an id is unused
extern const std::span<const std::string_view> syscall_id_names_in_0293;  // as sysdig 0.29.3 has them
extern const std::span<const std::uint16_t> syscall_id_categories;        // bits of namespace category; 0 = unknown
extern const std::span<const std::string_view> param_type_names;          // by ParamType
extern const std::span<const SyscallInfo> syscalls_x86_64;                // by system call number

// Records that restate the user and group tables. sysdig 0.29.3 passes over them: they take no number, and no stream
// begins with one, so that the numbers and times of the events around them are the same there and here.
constexpr bool restates_accounts(std::uint16_t type) {
  return type >= code::USER_ADDED_E && type <= code::GROUP_DELETED_X;
}

constexpr bool is_about_container(std::uint16_t type) {
  return type == code::CONTAINER_JSON_E || type == code::CONTAINER_JSON_2_E;
}

// Codes from here on are unknown to sysdig 0.29.3.
inline constexpr std::uint16_t first_code_after_0293 = 336;

// Even codes are enter events.
constexpr bool is_enter(std::uint16_t code) { return code % 2 == 0; }

}  // namespace tracer
