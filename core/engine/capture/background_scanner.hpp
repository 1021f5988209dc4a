// Scans a stream ahead on a thread of its own.
#pragma once
#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "scanner.hpp"

namespace tracer {

class BackgroundScanner : public StretchSource {
 private:
  static constexpr std::size_t slot_count = 6;

 public:
  // Chunks that stretches read ahead refer to, the one being scanned, and the one in use.
  static constexpr std::size_t chunks_in_use = slot_count + 2;

  // The chunks of `stream` must stay valid for its next `chunks_in_use` calls, and no call may wait forever: the
  // thread ends when it returns.
  explicit BackgroundScanner(std::unique_ptr<ByteStream> stream);
  ~BackgroundScanner() override;
  Fill next(Stretch& stretch, int timeout_ms) override;
  double progress() const override { return scanner_.progress(); }

 private:
  void run();

  Scanner scanner_;
  std::mutex mutex_;
  std::condition_variable filled_one_;
  std::condition_variable emptied_some_;
  // A ring: the thread fills slot `filled_`, the reader takes slot `taken_`.
  std::array<Stretch, slot_count> slots_;
  std::size_t filled_ = 0;
  std::size_t taken_ = 0;
  bool ended_ = false;
  bool stopping_ = false;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace tracer
