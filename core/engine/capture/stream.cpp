#include "stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tracer {
namespace {

// Small enough to stay in the processor's cache between the copy out of the kernel and the decoding.
constexpr std::size_t buffer_size = 256 * 1024;

}  // namespace

FileHandle open_for_reading(const std::string& path) {
  if (path == "-") return FileHandle(STDIN_FILENO, false);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), path);
  return FileHandle(fd);
}

std::string name_of_input(const std::string& path) { return path == "-" ? "standard input" : path; }

void FileHandle::reset() {
  if (fd_ >= 0 && owned_) ::close(fd_);
  fd_ = -1;
}

FileStream::FileStream(const std::string& path, bool follow)
    : FileStream(open_for_reading(path), name_of_input(path), follow) {}

FileStream::FileStream(FileHandle file, std::string name, bool follow)
    : file_(std::move(file)), name_(std::move(name)), buffer_(buffer_size) {
  struct stat status;
  if (::fstat(file_.get(), &status) != 0) throw std::system_error(errno, std::generic_category(), name_);
  if (S_ISDIR(status.st_mode)) throw std::system_error(EISDIR, std::generic_category(), name_);
  is_regular_ = S_ISREG(status.st_mode);
  follow_ = follow && is_regular_;
  if (is_regular_ && !follow) size_ = static_cast<std::uint64_t>(status.st_size);
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
    if (got == 0 && follow_ && !wait_for_growth(timeout_ms)) return Fill::idle;
  } while ((got < 0 && errno == EINTR) || (got == 0 && follow_));
  if (got < 0) throw std::system_error(errno, std::generic_category(), name_);
  if (got == 0) return Fill::end;
  position_.fetch_add(static_cast<std::uint64_t>(got), std::memory_order_relaxed);
  chunk = Bytes(buffer_.data(), static_cast<std::size_t>(got));
  return Fill::bytes;
}

bool FileStream::wait_for_growth(int timeout_ms) const {
  constexpr int look_every_ms = 20;
  for (int waited_ms = 0; timeout_ms < 0 || waited_ms < timeout_ms; waited_ms += look_every_ms) {
    if (::poll(nullptr, 0, look_every_ms) < 0) {
      if (errno == EINTR && timeout_ms >= 0) return false;
      throw std::system_error(errno, std::generic_category(), name_);
    }
    struct stat status;
    if (::fstat(file_.get(), &status) != 0) throw std::system_error(errno, std::generic_category(), name_);
    if (static_cast<std::uint64_t>(status.st_size) > position_.load(std::memory_order_relaxed)) return true;
  }
  return false;
}

double FileStream::progress() const {
  if (!is_regular_ || size_ == 0) return -1;
  const auto done = static_cast<double>(position_.load(std::memory_order_relaxed)) / static_cast<double>(size_);
  return done < 1 ? done : 1;
}

int first_byte(const FileHandle& file) {
  struct stat status;
  unsigned char byte;
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return -1;
  return ::pread(file.get(), &byte, 1, ::lseek(file.get(), 0, SEEK_CUR)) == 1 ? byte : -1;
}

}  // namespace tracer
