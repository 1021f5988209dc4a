#include "ring.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <stdexcept>

namespace tracer {
namespace {

constexpr std::uint32_t busy_bit = 1u << 31;
constexpr std::uint32_t discard_bit = 1u << 30;
constexpr std::uint64_t record_prefix = 8;  // u32 length with the bits above, u32 for the kernel's own use

std::size_t page_size() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

template <typename T>
T load(const std::byte* at) {
  return std::atomic_ref<T>(*reinterpret_cast<T*>(const_cast<std::byte*>(at))).load(std::memory_order_acquire);
}

}  // namespace

Ring::Ring(int fd, std::size_t bytes, std::size_t mapped_bytes, std::uint16_t cpu)
    : consumer_(fd, page_size(), true, 0),
      producer_(fd, page_size() + mapped_bytes, false, page_size()),
      mask_(bytes - 1),
      mapped_bytes_(mapped_bytes),
      position_(load<std::uint64_t>(consumer_.data())),
      next_(position_),
      released_(position_),
      cpu_(cpu) {}

std::uint64_t Ring::produced() const { return load<std::uint64_t>(producer_.data()); }

Bytes Ring::head(std::uint64_t end) {
  while (position_ < end) {
    const std::byte* at = producer_.data() + page_size() + (position_ & mask_);
    const auto word = load<std::uint32_t>(at);
    if (word & busy_bit) return {};
    const std::uint64_t length = word & ~(busy_bit | discard_bit);
    next_ = position_ + (length + record_prefix + 7) / 8 * 8;
    if (next_ > end || length > mask_ || (position_ & mask_) + record_prefix + length > mapped_bytes_)
      throw std::runtime_error("a ring buffer holds a record that runs past its end");
    if (!(word & discard_bit)) return {at + record_prefix, length};
    position_ = next_;
  }
  return {};
}

void Ring::release() {
  std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(consumer_.data()))
      .store(position_, std::memory_order_release);
  released_ = position_;
}

}  // namespace tracer
