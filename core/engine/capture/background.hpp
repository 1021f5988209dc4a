// Reads a stream ahead on a thread of its own.
#pragma once
#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "stream.hpp"

namespace tracer {

class BackgroundStream : public ByteStream {
 public:
  // Chunks that are read ahead, and the one being made.
  static constexpr std::size_t chunks_in_use = 5;

  // The chunks of `input` must stay valid for its next `chunks_in_use` calls, and no call may wait forever: the
  // thread ends when it returns.
  explicit BackgroundStream(std::unique_ptr<ByteStream> input);
  ~BackgroundStream() override;
  Fill next(Bytes& chunk, int timeout_ms) override;
  double progress() const override { return input_->progress(); }

 private:
  static constexpr std::size_t slot_count = chunks_in_use - 1;

  void run();

  std::unique_ptr<ByteStream> input_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // A ring: the thread fills slot `filled_`, the reader takes slot `taken_`.
  std::array<Bytes, slot_count> slots_;
  std::size_t filled_ = 0;
  std::size_t taken_ = 0;
  bool holds_slot_ = false;  // the chunk given out last is still in use
  bool ended_ = false;
  bool stopping_ = false;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace tracer
