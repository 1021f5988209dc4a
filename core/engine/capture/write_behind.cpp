#include "write_behind.hpp"

#include <csignal>

namespace tracer {

WriteBehind::WriteBehind(OutputFile& file) : file_(file) {
  // Signals are for the thread that knows what to do with them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

WriteBehind::~WriteBehind() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void WriteBehind::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || is_full_; });
    if (!is_full_) return;
    lock.unlock();
    std::exception_ptr error;
    try {
      file_.write(blocks_);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    error_ = error;
    blocks_.clear();
    is_full_ = false;
    changed_.notify_all();
    if (error_) return;
  }
}

void WriteBehind::wait(std::unique_lock<std::mutex>& lock) {
  changed_.wait(lock, [&] { return !is_full_; });
  if (error_) std::rethrow_exception(error_);
}

void WriteBehind::put(std::vector<std::byte>& blocks) {
  std::unique_lock lock(mutex_);
  wait(lock);
  blocks_.swap(blocks);
  is_full_ = true;
  changed_.notify_all();
}

void WriteBehind::wait() {
  std::unique_lock lock(mutex_);
  wait(lock);
}

}  // namespace tracer
