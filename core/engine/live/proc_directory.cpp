#include "proc_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace tracer {

ProcDirectory::ProcDirectory(int parent_fd, const char* name, ProcBuffers& buffers)
    : handle_(::openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)), buffers_(buffers) {}

std::string_view ProcDirectory::read(const char* name, std::size_t limit) const {
  const FileHandle file(::openat(fd(), name, O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  auto& buffer = buffers_.file;
  std::size_t size = 0;
  while (size < limit) {
    if (buffer.size() < size + 4096) buffer.resize(size + 16384);
    const auto got = ::read(file.get(), buffer.data() + size, buffer.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
    // A read ends before the page is full only where the file does: entries are far shorter than half a page.
    if (size < 2048) break;
  }
  return std::string_view(buffer).substr(0, std::min(size, limit));
}

std::string_view ProcDirectory::link(const char* name) const {
  auto& buffer = buffers_.link;
  buffer.resize(4096);
  const auto size = ::readlinkat(fd(), name, buffer.data(), buffer.size());
  return size <= 0 ? std::string_view() : std::string_view(buffer).substr(0, static_cast<std::size_t>(size));
}

std::vector<std::int64_t> ProcDirectory::numbers() const {
  std::vector<std::int64_t> found;
  // Not through readdir(3), which would want a descriptor and a buffer of its own for each directory.
  auto& buffer = buffers_.file;
  if (buffer.size() < 32768) buffer.resize(32768);
  ::lseek(fd(), 0, SEEK_SET);
  for (;;) {
    const auto size = ::getdents64(fd(), buffer.data(), buffer.size());
    if (size <= 0) return found;
    std::string_view entries(buffer.data(), static_cast<std::size_t>(size));
    while (!entries.empty()) {
      unsigned short length;
      std::memcpy(&length, entries.data() + offsetof(dirent64, d_reclen), sizeof length);
      std::string_view name = entries.data() + offsetof(dirent64, d_name);
      const auto number = take_number<std::int64_t>(name);
      if (number && name.empty()) found.push_back(*number);
      entries.remove_prefix(length);
    }
  }
}

}  // namespace tracer
