// Takes gzip off a stream.
#pragma once
#include <memory>
#include <vector>

#include "stream.hpp"

namespace tracer {

inline constexpr int gzip_first_byte = 0x1F;  // no capture begins with it

// The uncompressed bytes of a gzip stream of any number of members; the bytes themselves where it is not gzip.
// All bytes before a place where the compressed data is cut or damaged are delivered; then FormatError is thrown.
class InflateStream : public ByteStream {
 public:
  // Chunks stay valid for the next `kept_chunks` calls, if the stream is gzip.
  explicit InflateStream(std::unique_ptr<ByteStream> input, std::size_t kept_chunks = 1);
  ~InflateStream() override;
  Fill next(Bytes& chunk, int timeout_ms) override;
  double progress() const override { return input_->progress(); }

 private:
  enum class Kind : std::uint8_t { unknown, plain, gzip };
  struct Inflater;

  Fill refill(int timeout_ms);
  bool begin_next_member();

  std::unique_ptr<ByteStream> input_;
  Kind kind_ = Kind::unknown;
  Bytes compressed_;
  std::unique_ptr<Inflater> inflater_;
  std::vector<std::vector<std::byte>> outputs_;  // used in turn
  std::size_t turn_ = 0;
  std::uint64_t delivered_ = 0;
  const char* damage_ = nullptr;  // what is wrong with the input after what was delivered
};

}  // namespace tracer
