#include "stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "background.hpp"
#include "inflate.hpp"

namespace tracer {
namespace {

// Small enough to stay in the processor's cache between the copy out of the kernel and the decoding.
constexpr std::size_t buffer_size = 256 * 1024;

FileHandle open_for_reading(const std::string& path) {
  if (path == "-") return FileHandle(STDIN_FILENO, false);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), path);
  return FileHandle(fd);
}

}  // namespace

void FileHandle::reset() {
  if (fd_ >= 0 && owned_) ::close(fd_);
  fd_ = -1;
}

FileStream::FileStream(const std::string& path)
    : file_(open_for_reading(path)), name_(path == "-" ? "standard input" : path), buffer_(buffer_size) {
  struct stat status;
  if (::fstat(file_.get(), &status) != 0) throw std::system_error(errno, std::generic_category(), name_);
  if (S_ISDIR(status.st_mode)) throw std::system_error(EISDIR, std::generic_category(), name_);
  is_regular_ = S_ISREG(status.st_mode);
  if (is_regular_) size_ = static_cast<std::uint64_t>(status.st_size);
}

Fill FileStream::next(Bytes& chunk, int timeout_ms) {
  if (!is_regular_) {
    pollfd waiting{file_.get(), POLLIN, 0};
    const int ready = ::poll(&waiting, 1, timeout_ms);
    if (ready == 0) return Fill::idle;
    if (ready < 0) {
      // A signal ends the wait, so that whoever waits can look what it was about; who waits without limit is told.
      if (errno == EINTR && timeout_ms >= 0) return Fill::idle;
      throw std::system_error(errno, std::generic_category(), name_);
    }
  }
  ssize_t got;
  do {
    got = ::read(file_.get(), buffer_.data(), buffer_.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw std::system_error(errno, std::generic_category(), name_);
  if (got == 0) return Fill::end;
  position_.fetch_add(static_cast<std::uint64_t>(got), std::memory_order_relaxed);
  chunk = Bytes(buffer_.data(), static_cast<std::size_t>(got));
  return Fill::bytes;
}

double FileStream::progress() const {
  if (!is_regular_ || size_ == 0) return -1;
  const auto done = static_cast<double>(position_.load(std::memory_order_relaxed)) / static_cast<double>(size_);
  return done < 1 ? done : 1;
}

int FileStream::first_byte() const {
  unsigned char byte;
  return is_regular_ && ::pread(file_.get(), &byte, 1, ::lseek(file_.get(), 0, SEEK_CUR)) == 1 ? byte : -1;
}

std::unique_ptr<ByteStream> open_stream(const std::string& path) {
  auto file = std::make_unique<FileStream>(path);
  // A pipe is read where it is asked for, so that a signal interrupts the wait for it.
  if (!file->is_regular()) return std::make_unique<InflateStream>(std::move(file));
  if (file->first_byte() != gzip_first_byte) return file;
  return std::make_unique<BackgroundStream>(
      std::make_unique<InflateStream>(std::move(file), BackgroundStream::chunks_in_use));
}

}  // namespace tracer
