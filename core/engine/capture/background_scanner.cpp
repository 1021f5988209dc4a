#include "background_scanner.hpp"

#include <chrono>
#include <csignal>

namespace tracer {

BackgroundScanner::BackgroundScanner(std::unique_ptr<ByteStream> stream) : scanner_(std::move(stream)) {
  // Signals are for the thread that knows what to do with them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

BackgroundScanner::~BackgroundScanner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  emptied_some_.notify_all();
  thread_.join();
}

void BackgroundScanner::run() {
  // Sleeping and waking cost more than a slot: once all are full, wait for several.
  constexpr std::size_t few = slot_count / 2;
  try {
    for (;;) {
      // The thread alone uses the slot that it fills.
      auto& slot = slots_[filled_ % slot_count];
      const auto fill = scanner_.next(slot, 100);
      std::unique_lock lock(mutex_);
      if (stopping_ || fill == Fill::end) break;
      if (fill == Fill::idle) continue;
      ++filled_;
      filled_one_.notify_one();
      if (filled_ - taken_ == slot_count) {
        emptied_some_.wait(lock, [&] { return stopping_ || filled_ - taken_ <= few; });
      }
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    error_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  filled_one_.notify_one();
}

Fill BackgroundScanner::next(Stretch& stretch, int timeout_ms) {
  stretch.clear();
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return filled_ > taken_ || ended_; };
  if (timeout_ms < 0) {
    filled_one_.wait(lock, ready);
  } else if (!filled_one_.wait_for(lock, std::chrono::milliseconds(timeout_ms), ready)) {
    return Fill::idle;
  }
  if (filled_ > taken_) {
    std::swap(stretch, slots_[taken_++ % slot_count]);
    if (filled_ - taken_ <= slot_count / 2) emptied_some_.notify_one();
    return Fill::bytes;
  }
  if (error_) std::rethrow_exception(error_);
  return Fill::end;
}

}  // namespace tracer
