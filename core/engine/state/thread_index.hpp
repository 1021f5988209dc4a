// Finds threads by their id: an open hash table that fits the processor's cache better than nodes do.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tracer {

struct Thread;

class ThreadIndex {
 public:
  ThreadIndex() { clear(); }
  Thread* find(std::int64_t tid) const {
    for (auto at = slot_of(tid);; at = next(at)) {
      const auto& entry = entries_[at];
      if (entry.thread == nullptr || entry.tid == tid) return entry.thread;
    }
  }
  // Of a thread that is not there.
  void add(std::int64_t tid, Thread* thread) {
    if (++size_ * 2 > entries_.size()) grow();
    place({tid, thread});
  }
  void remove(std::int64_t tid) {
    auto gap = slot_of(tid);
    for (; entries_[gap].tid != tid || entries_[gap].thread == nullptr; gap = next(gap)) {
      if (entries_[gap].thread == nullptr) return;
    }
    --size_;
    // What was placed behind it for want of room moves up.
    for (auto at = next(gap); entries_[at].thread != nullptr; at = next(at)) {
      const auto home = slot_of(entries_[at].tid);
      if (((at - home) & mask()) < ((at - gap) & mask())) continue;
      entries_[gap] = entries_[at];
      gap = at;
    }
    entries_[gap] = {};
  }
  void clear() {
    entries_.assign(least, {});
    shift_ = 64 - least_bits;
    size_ = 0;
  }
  // Has the processor bring in what `find` will look at.
  void fetch(std::int64_t tid) const { __builtin_prefetch(&entries_[slot_of(tid)]); }

 private:
  struct Entry {
    std::int64_t tid = 0;
    Thread* thread = nullptr;  // null: the entry is free
  };
  static constexpr int least_bits = 8;
  static constexpr std::size_t least = std::size_t{1} << least_bits;

  std::size_t mask() const { return entries_.size() - 1; }
  std::size_t next(std::size_t at) const { return (at + 1) & mask(); }
  std::size_t slot_of(std::int64_t tid) const {
    return static_cast<std::size_t>((static_cast<std::uint64_t>(tid) * 0x9E3779B97F4A7C15U) >> shift_);
  }
  void place(const Entry& entry) {
    auto at = slot_of(entry.tid);
    while (entries_[at].thread != nullptr) at = next(at);
    entries_[at] = entry;
  }
  void grow() {
    std::vector<Entry> before(entries_.size() * 2);
    before.swap(entries_);
    --shift_;
    for (const auto& entry : before) {
      if (entry.thread != nullptr) place(entry);
    }
  }

  std::vector<Entry> entries_;  // a power of two of them, no more than half in use
  int shift_ = 0;
  std::size_t size_ = 0;
};

}  // namespace tracer
