// Puts blocks together, byte by byte.
#pragma once
#include <algorithm>
#include <string_view>
#include <vector>

#include "../bytes.hpp"
#include "blocks.hpp"

namespace tracer {

// Appends blocks to a buffer. Between `begin` and `end` the buffer's last block is incomplete.
class BlockBuilder {
 public:
  explicit BlockBuilder(std::vector<std::byte>& buffer) : buffer_(buffer) {}

  void begin(std::uint32_t type) {
    start_ = buffer_.size();
    put(type);
    put(std::uint32_t{0});
  }
  // Pads the block and writes its length at both ends.
  void end() {
    const auto unpadded = buffer_.size() - start_;
    buffer_.resize(start_ + (unpadded + 3) / 4 * 4);
    const auto length = static_cast<std::uint32_t>(buffer_.size() - start_ + block_trailer_size);
    put(length);
    set(start_ + sizeof(std::uint32_t), length);
  }

  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) { put_bytes(std::as_bytes(std::span(&value, 1))); }
  void put_bytes(Bytes bytes) { buffer_.insert(buffer_.end(), bytes.begin(), bytes.end()); }
  void put_zeros(std::size_t count) { buffer_.resize(buffer_.size() + count); }
  // A u16 length and the text, of which no more than `limit` bytes are kept.
  void put_text(std::string_view text, std::size_t limit) {
    text = text.substr(0, limit);
    put(static_cast<std::uint16_t>(text.size()));
    put_bytes(as_bytes(text));
  }

  // An entry that begins with its own length.
  std::size_t begin_entry() {
    const auto at = buffer_.size();
    put(std::uint32_t{0});
    return at;
  }
  void end_entry(std::size_t at, bool counts_itself) {
    const auto length = buffer_.size() - at - (counts_itself ? 0 : sizeof(std::uint32_t));
    set(at, static_cast<std::uint32_t>(length));
  }

 private:
  void set(std::size_t at, std::uint32_t value) { std::memcpy(buffer_.data() + at, &value, sizeof value); }

  std::vector<std::byte>& buffer_;
  std::size_t start_ = 0;
};

}  // namespace tracer
