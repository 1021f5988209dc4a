// How many events there were of each type; generic events count for the system call that they stand for.
#pragma once
#include <array>
#include <cstdint>
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
    } else if (record.type < event_code_count) {
      ++by_type_[record.type];
    }
  }

  // The types that there were, in order of their codes, then the system calls.
  std::vector<Row> rows() const {
    std::vector<Row> rows;
    for (std::size_t type = 0; type < by_type_.size(); ++type) {
      if (by_type_[type] != 0) rows.push_back({events[type].name, type % 2 == 0, by_type_[type]});
    }
    for (std::size_t at = 0; at < by_syscall_.size(); ++at) {
      if (by_syscall_[at] != 0) rows.push_back({syscall_id_names[at / 2], at % 2 == 0, by_syscall_[at]});
    }
    return rows;
  }

 private:
  std::array<std::uint64_t, event_code_count> by_type_{};
  std::vector<std::uint64_t> by_syscall_;
};

}  // namespace tracer
