// The tables of a live capture, although threads go on while they are being read.
#pragma once
#include <cstdint>
#include <functional>

#include "../state/state.hpp"

namespace tracer {

// What the source has recorded so far and not handed out yet.
struct WaitingRecords {
  // Calls back for each record that has come since the last call.
  std::function<void(const std::function<void(const Record&)>&)> for_each_new;
  // The time by the records' clock.
  std::function<std::uint64_t()> now;
};

// Recording began before the tables are read, so that nothing is missing in between; but then records that wait tell of
// changes that the tables already have. The rule: what is read of a process at a time T holds from T on. Until then
// its records are applied as they come, to what was there before them as far as that is known; what they changed is
// not known before they changed it.
// `files_link`: the attached iterator of open files; -1: there is none, and /proc is asked.
void load_tables_at_start(State& state, const WaitingRecords& waiting, int files_link);

}  // namespace tracer
