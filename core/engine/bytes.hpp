// The one bounds-checked reader for bytes that nobody vouches for: captures, rings, /proc.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace tracer {

using Bytes = std::span<const std::byte>;

inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

inline Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const std::byte*>(text.data()), text.size()}; }

// Text up to, and without, the first NUL.
inline std::string_view as_c_text(Bytes bytes) {
  auto text = as_text(bytes);
  return text.substr(0, text.find('\0'));
}

// Reads values in order. Once a read runs past the end the cursor has failed: it stays failed, and every read
// returns zero or nothing. Callers test `failed()` once per structure rather than after each field.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) : bytes_(bytes) {}

  template <typename T>
  requires std::is_trivially_copyable_v<T> T get() {
    T value{};
    auto from = take(sizeof(T));
    if (!from.empty()) std::memcpy(&value, from.data(), sizeof(T));
    return value;
  }

  Bytes take(std::size_t size) {
    if (size > bytes_.size() - position_) {
      fail();
      return {};
    }
    auto part = bytes_.subspan(position_, size);
    position_ += size;
    return part;
  }

  // A u16 length and as many bytes of text.
  std::string_view text16() { return as_text(take(get<std::uint16_t>())); }

  // For values that are read but cannot be right.
  void fail() {
    failed_ = true;
    position_ = bytes_.size();
  }

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  bool failed() const { return failed_; }

 private:
  Bytes bytes_;
  std::size_t position_ = 0;
  bool failed_ = false;
};

// The value of a fixed-width parameter; zero-extended where the bytes are fewer than T's.
template <typename T>
requires std::is_trivially_copyable_v<T> T read_value(Bytes bytes) {
  T value{};
  if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size() < sizeof(T) ? bytes.size() : sizeof(T));
  return value;
}

}  // namespace tracer
