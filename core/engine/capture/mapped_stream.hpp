// A file as the kernel has it in memory already, without a copy.
#pragma once
#include <cstddef>
#include <memory>

#include "stream.hpp"

namespace tracer {

// That the file became shorter is noticed where its bytes are brought in. Bytes brought in already that then go away
// are answered with SIGBUS, as of any mapped file.
class MappedStream : public ByteStream {
 public:
  // Null where the file, which is read from its start, or the kernel does not allow it. Chunks stay valid for the next
  // `kept_chunks` calls; what lies farther behind is no longer counted as this process's memory.
  static std::unique_ptr<MappedStream> open(FileHandle& file, std::string name, std::size_t kept_chunks);
  ~MappedStream() override;
  MappedStream(const MappedStream&) = delete;
  MappedStream& operator=(const MappedStream&) = delete;
  Fill next(Bytes& chunk, int timeout_ms) override;
  double progress() const override;

 private:
  MappedStream(Bytes mapped, FileHandle file, std::string name, std::size_t kept_chunks)
      : mapped_(mapped), file_(std::move(file)), name_(std::move(name)), kept_chunks_(kept_chunks) {}

  Bytes mapped_;
  FileHandle file_;
  std::string name_;
  std::size_t kept_chunks_;
  std::atomic<std::size_t> position_ = 0;
};

}  // namespace tracer
