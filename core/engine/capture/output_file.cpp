#include "output_file.hpp"

#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "blocks.hpp"

namespace tracer {
namespace {

FileHandle open_for_writing(const std::string& path) {
  if (path == "-") return FileHandle(STDOUT_FILENO, false);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), path);
  return FileHandle(fd);
}

// How many of the first `size` bytes are whole blocks.
std::size_t whole_blocks(Bytes blocks, std::size_t size) {
  std::size_t whole = 0;
  while (size - whole >= block_header_size) {
    const auto length = read_value<std::uint32_t>(blocks.subspan(whole + sizeof(std::uint32_t), sizeof(std::uint32_t)));
    if (length > size - whole) break;
    whole += length;
  }
  return whole;
}

}  // namespace

struct OutputFile::Deflater {
  isal_zstream stream;
  std::array<std::uint8_t, ISAL_DEF_LVL2_DEFAULT> level_buffer;
  std::array<std::byte, 128 * 1024> output;
  bool in_member = false;

  void begin_member() {
    if (in_member) return;
    in_member = true;
    isal_deflate_init(&stream);
    stream.level = 2;
    stream.level_buf = level_buffer.data();
    stream.level_buf_size = static_cast<std::uint32_t>(level_buffer.size());
    stream.gzip_flag = IGZIP_GZIP;
  }
};

OutputFile::OutputFile(const std::string& path, bool compress)
    : file_(open_for_writing(path)), name_(path == "-" ? "standard output" : path) {
  struct stat status;
  is_regular_ = ::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode);
  if (compress) deflater_ = std::make_unique<Deflater>();
}

OutputFile::~OutputFile() = default;

void OutputFile::write(Bytes blocks) {
  if (blocks.empty()) return;
  if (deflater_) return compress(blocks, false);
  const auto size = write_raw(blocks);
  if (size == blocks.size()) return;
  const int error = errno;
  if (is_regular_) {
    const auto excess = size - whole_blocks(blocks, size);
    const auto end = ::lseek(file_.get(), 0, SEEK_CUR);
    if (end >= 0 && ::ftruncate(file_.get(), end - static_cast<off_t>(excess)) == 0) written_ -= excess;
  }
  fail(error);
}

void OutputFile::flush() {
  if (deflater_ && deflater_->in_member) compress({}, true);
}

void OutputFile::compress(Bytes bytes, bool last) {
  auto& stream = deflater_->stream;
  deflater_->begin_member();
  // isal_deflate only reads through next_in.
  stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(bytes.data()));
  stream.avail_in = static_cast<std::uint32_t>(bytes.size());
  stream.end_of_stream = last;
  do {
    stream.next_out = reinterpret_cast<std::uint8_t*>(deflater_->output.data());
    stream.avail_out = static_cast<std::uint32_t>(deflater_->output.size());
    if (isal_deflate(&stream) != COMP_OK) fail(EINVAL);
    const auto made = Bytes(deflater_->output).first(deflater_->output.size() - stream.avail_out);
    if (write_raw(made) != made.size()) fail(errno);
  } while (stream.avail_in > 0 || stream.avail_out == 0);
  if (last) deflater_->in_member = false;
}

std::size_t OutputFile::write_raw(Bytes bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto size = ::write(file_.get(), bytes.data() + done, bytes.size() - done);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      // Standard output can be a pipe that someone set not to block.
      pollfd ready{file_.get(), POLLOUT, 0};
      ::poll(&ready, 1, -1);
      continue;
    }
    if (size < 0) break;
    done += static_cast<std::size_t>(size);
    written_ += static_cast<std::uint64_t>(size);
  }
  return done;
}

void OutputFile::fail(int error) const { throw std::system_error(error, std::generic_category(), name_); }

}  // namespace tracer
