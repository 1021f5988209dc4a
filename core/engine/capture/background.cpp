#include "background.hpp"

#include <chrono>
#include <csignal>

namespace tracer {

BackgroundStream::BackgroundStream(std::unique_ptr<ByteStream> input) : input_(std::move(input)) {
  // Signals are for the thread that knows what to do with them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

BackgroundStream::~BackgroundStream() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BackgroundStream::run() {
  try {
    for (;;) {
      Bytes chunk;
      const auto fill = input_->next(chunk, 100);
      std::unique_lock lock(mutex_);
      if (fill == Fill::end) ended_ = true;
      changed_.wait(lock, [&] { return stopping_ || filled_ - taken_ < slot_count; });
      if (stopping_ || ended_) break;
      if (fill == Fill::idle) continue;
      slots_[filled_++ % slot_count] = chunk;
      lock.unlock();
      changed_.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    error_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

Fill BackgroundStream::next(Bytes& chunk, int timeout_ms) {
  std::unique_lock lock(mutex_);
  if (holds_slot_) {
    ++taken_;
    holds_slot_ = false;
    changed_.notify_all();
  }
  const auto ready = [&] { return filled_ > taken_ || ended_; };
  if (timeout_ms < 0) {
    changed_.wait(lock, ready);
  } else if (!changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), ready)) {
    return Fill::idle;
  }
  if (filled_ > taken_) {
    holds_slot_ = true;
    chunk = slots_[taken_ % slot_count];
    return Fill::bytes;
  }
  if (error_) std::rethrow_exception(error_);
  return Fill::end;
}

}  // namespace tracer
