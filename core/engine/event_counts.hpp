// How many events there were of each type; generic events count for the system call that they stand for.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "record.hpp"

namespace tracer {

class EventCounts {
 public:
  struct Row {
    std::string_view name;
    bool is_enter;
    std::uint64_t count;
  };

  EventCounts() : by_syscall_(2 * syscall_id_names.size()) {}

  void add(const Record& record) {
    if (record.type == code::GENERIC_E || record.type == code::GENERIC_X) {
      const std::size_t at = 2u * record.value<std::uint16_t>(0) + record.type % 2;
      ++by_syscall_[at < by_syscall_.size() ? at : record.type % 2];
      names_ = has_shape_of_0293(record) ? syscall_id_names_in_0293 : syscall_id_names;
    } else if (record.type < event_code_count) {
      ++by_type_[record.type];
    }
  }

  // Of events that stand for no system call but their own.
  void add(std::uint16_t type) { ++by_type_[type]; }

  // The types that there were, in order of their codes, then the system calls.
  std::vector<Row> rows() const {
    std::vector<Row> rows;
    for (std::size_t type = 0; type < by_type_.size(); ++type) {
      if (by_type_[type] != 0) rows.push_back({events[type].name, type % 2 == 0, by_type_[type]});
    }
    for (std::size_t at = 0; at < by_syscall_.size(); ++at) {
      const auto name = at / 2 < names_.size() ? names_[at / 2] : syscall_id_names[at / 2];
      if (by_syscall_[at] != 0) rows.push_back({name, at % 2 == 0, by_syscall_[at]});
    }
    return rows;
  }

 private:
  std::array<std::uint64_t, event_code_count> by_type_{};
  std::vector<std::uint64_t> by_syscall_;
  std::span<const std::string_view> names_;  // what the stream's events call the system calls
};

}  // namespace tracer
