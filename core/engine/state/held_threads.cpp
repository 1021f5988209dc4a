// Processes as they were found at a time that the stream had not reached yet.
#include <algorithm>

#include "state.hpp"

namespace tracer {

void State::hold_until(std::uint64_t timestamp, std::vector<Thread> found) {
  const auto at = std::find_if(held_.begin(), held_.end(), [&](auto& held) { return held.timestamp < timestamp; });
  held_.insert(at, {timestamp, std::move(found)});
  next_held_ = held_.back().timestamp;
}

const Thread* State::held_thread(std::int64_t tid) const {
  for (const auto& held : held_) {
    for (const auto& thread : held.threads) {
      if (thread.tid == tid) return &thread;
    }
  }
  return nullptr;
}

void State::enter_held(std::uint64_t timestamp) {
  if (held_.empty()) return;
  remove_what_the_last_event_ended();
  while (!held_.empty() && held_.back().timestamp <= timestamp) {
    for (auto& thread : held_.back().threads) {
      if (const auto* old = threads.find(thread.tid)) {
        // What it is doing goes on.
        thread.enter = old->enter;
        thread.last_event_timestamp = old->last_event_timestamp;
        thread.last_latency = old->last_latency;
        thread.last_event_fd = old->last_event_fd;
        threads.remove(thread.tid, true);
      }
      threads.add(std::move(thread));
    }
    held_.pop_back();
    threads.count_children();
  }
  next_held_ = held_.empty() ? ~std::uint64_t{0} : held_.back().timestamp;
}

}  // namespace tracer
