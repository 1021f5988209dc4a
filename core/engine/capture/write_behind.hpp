// Writes to a file on a thread of its own, while more to write is being made.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "output_file.hpp"

namespace tracer {

class WriteBehind {
 public:
  // `file` is the thread's alone, but between `wait` and the next `put`.
  explicit WriteBehind(OutputFile& file);
  ~WriteBehind();
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;
  // Takes whole blocks to write and leaves `blocks` empty, once those before have been written. Throws what writing
  // those threw; then nothing more is written.
  void put(std::vector<std::byte>& blocks);
  // Returns when all is written. Throws as `put` does.
  void wait();

 private:
  void run();
  void wait(std::unique_lock<std::mutex>& lock);

  OutputFile& file_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::byte> blocks_;  // the thread's while `is_full_`
  bool is_full_ = false;
  bool stopping_ = false;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace tracer
