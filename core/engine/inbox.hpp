// Records that others than the source add to a stream, from any thread.
#pragma once
#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace tracer {

class Inbox {
 public:
  // Takes a v2 record, whose time is yet to be set. False where there is no room for it.
  bool put(std::vector<std::byte> record) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= max_size) return false;
    waiting_.push_back(std::move(record));
    is_empty_.store(false, std::memory_order_release);
    return true;
  }
  bool is_empty() const { return is_empty_.load(std::memory_order_acquire); }
  // The one that has waited longest; there must be one.
  std::vector<std::byte> take() {
    const std::lock_guard lock(mutex_);
    auto record = std::move(waiting_.front());
    waiting_.pop_front();
    is_empty_.store(waiting_.empty(), std::memory_order_release);
    return record;
  }

 private:
  static constexpr std::size_t max_size = 65536;
  std::mutex mutex_;
  std::deque<std::vector<std::byte>> waiting_;
  std::atomic<bool> is_empty_ = true;
};

}  // namespace tracer
