#include "mapping.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace tracer {

Mapping::Mapping(int fd, std::size_t size, bool writable, std::size_t offset) : size_(size) {
  const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* address = ::mmap(nullptr, size, protection, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (address == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "cannot map a ring buffer");
  address_ = static_cast<std::byte*>(address);
}

Mapping::~Mapping() {
  if (address_ != nullptr) ::munmap(address_, size_);
}

}  // namespace tracer
