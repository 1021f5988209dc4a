// Looks at a stream through a window that can be made as wide as a block needs.
#pragma once
#include <memory>
#include <vector>

#include "stream.hpp"

namespace tracer {

class Window {
 public:
  explicit Window(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {}

  // Makes at least `size` bytes visible, waiting at most `timeout_ms`. Memory grows only as bytes really arrive.
  Fill widen(std::size_t size, int timeout_ms) {
    if (view_.size() >= size) return Fill::bytes;
    return widen_slowly(size, timeout_ms);
  }
  // All that is visible now; valid until the next `widen`.
  Bytes view() const { return view_; }
  void consume(std::size_t size) {
    view_ = view_.subspan(size);
    offset_ += size;
  }
  // Of the first visible byte, from the start of the stream.
  std::uint64_t offset() const { return offset_; }
  double progress() const { return stream_->progress(); }

 private:
  Fill widen_slowly(std::size_t size, int timeout_ms);

  std::unique_ptr<ByteStream> stream_;
  Bytes view_;  // part of the stream's chunk, or of `carry_`
  Bytes rest_;  // while `view_` is part of `carry_`: what the stream gave beyond it
  bool in_carry_ = false;
  std::vector<std::byte> carry_;  // a block that the stream gave in more than one piece
  std::uint64_t offset_ = 0;
};

}  // namespace tracer
