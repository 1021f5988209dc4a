// Memory shared with the kernel.
#pragma once
#include <cstddef>
#include <utility>

namespace tracer {

// A mapping of a file descriptor, undone at the end of its life.
class Mapping {
 public:
  Mapping() = default;
  // Throws std::system_error. `offset` is a multiple of the page size.
  Mapping(int fd, std::size_t size, bool writable, std::size_t offset);
  ~Mapping();
  Mapping(Mapping&& other) noexcept { *this = std::move(other); }
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(size_, other.size_);
    return *this;
  }

  std::byte* data() const { return address_; }
  std::size_t size() const { return size_; }

 private:
  std::byte* address_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tracer
