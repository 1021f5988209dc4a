// Bytes of a file or pipe, in order, in pieces.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../bytes.hpp"

namespace tracer {

enum class Fill : std::uint8_t { bytes, idle, end };

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Sets `chunk` to the next bytes (at least one); they are valid until the next call. Waits at most `timeout_ms`
  // for them, without limit if that is negative. Throws std::system_error, FormatError.
  virtual Fill next(Bytes& chunk, int timeout_ms) = 0;
  // How far a stream of known length has come, 0 to 1; negative where that cannot be known.
  virtual double progress() const { return -1; }
};

// An open file descriptor that closes itself.
class FileHandle {
 public:
  explicit FileHandle(int fd = -1, bool owned = true) : fd_(fd), owned_(owned) {}
  FileHandle(FileHandle&& other) noexcept : fd_(other.fd_), owned_(other.owned_) { other.fd_ = -1; }
  FileHandle& operator=(FileHandle&&) = delete;
  ~FileHandle() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_;
  bool owned_;
};

// A file or pipe as it is.
class FileStream : public ByteStream {
 public:
  // "-": standard input. `follow`: at the end of a file, wait for more to be written to it. Throws std::system_error.
  explicit FileStream(const std::string& path, bool follow = false);
  FileStream(FileHandle file, std::string name, bool follow);
  Fill next(Bytes& chunk, int timeout_ms) override;
  double progress() const override;
  bool is_regular() const { return is_regular_; }

 private:
  // Waits for a followed file to grow; false where it did not in time.
  bool wait_for_growth(int timeout_ms) const;

  FileHandle file_;
  std::string name_;
  bool is_regular_ = false;
  bool follow_ = false;
  std::uint64_t size_ = 0;
  std::atomic<std::uint64_t> position_ = 0;
  std::vector<std::byte> buffer_;
};

// "-": standard input. Throws std::system_error.
FileHandle open_for_reading(const std::string& path);
std::string name_of_input(const std::string& path);
// The first byte of what is left of a regular file, or -1.
int first_byte(const FileHandle& file);

}  // namespace tracer
