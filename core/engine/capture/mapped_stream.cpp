#include "mapped_stream.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "../source.hpp"

namespace tracer {
namespace {

constexpr std::size_t chunk_size = 256 * 1024;

// Brings pages in, so that no access has to. Reports the end of a file that became shorter, which access would
// answer with SIGBUS.
bool populate(Bytes bytes) {
#ifdef MADV_POPULATE_READ
  return ::madvise(const_cast<std::byte*>(bytes.data()), bytes.size(), MADV_POPULATE_READ) == 0;
#else
  static_cast<void>(bytes);
  errno = EINVAL;
  return false;
#endif
}

}  // namespace

std::unique_ptr<MappedStream> MappedStream::open(FileHandle& file, std::string name, std::size_t kept_chunks) {
  struct stat status;
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return nullptr;
  if (::lseek(file.get(), 0, SEEK_CUR) != 0) return nullptr;
  const auto size = static_cast<std::size_t>(status.st_size);
  auto* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (at == MAP_FAILED) return nullptr;
  const Bytes mapped(static_cast<const std::byte*>(at), size);
  if (!populate(mapped.first(std::min(size, chunk_size)))) {
    ::munmap(at, size);
    return nullptr;
  }
  return std::unique_ptr<MappedStream>(new MappedStream(mapped, std::move(file), std::move(name), kept_chunks));
}

MappedStream::~MappedStream() { ::munmap(const_cast<std::byte*>(mapped_.data()), mapped_.size()); }

Fill MappedStream::next(Bytes& chunk, int) {
  const auto at = position_.load(std::memory_order_relaxed);
  if (at == mapped_.size()) return Fill::end;
  const auto kept = kept_chunks_ * chunk_size;
  if (at > kept) {
    ::madvise(const_cast<std::byte*>(mapped_.data()) + (at - kept - chunk_size), chunk_size, MADV_DONTNEED);
  }
  chunk = mapped_.subspan(at, std::min(chunk_size, mapped_.size() - at));
  if (!populate(chunk)) {
    if (errno == EFAULT) throw FormatError(at, "the capture became shorter while it was read");
    throw std::system_error(errno, std::generic_category(), name_);
  }
  position_.store(at + chunk.size(), std::memory_order_relaxed);
  return Fill::bytes;
}

double MappedStream::progress() const {
  return static_cast<double>(position_.load(std::memory_order_relaxed)) / static_cast<double>(mapped_.size());
}

}  // namespace tracer
