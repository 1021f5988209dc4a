// Finds the blocks of a capture: event blocks by the thousand, with a glance at each event, and the others one by one.
#pragma once
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "glance.hpp"
#include "stream.hpp"

namespace tracer {

// What lies next to each other in a capture: events, or one block of another type.
struct Stretch {
  std::vector<Glance> events;
  Bytes block;                     // where there are no events: the block
  std::uint64_t offset = 0;        // of `block`, from the start of the stream
  double progress = 0;             // of the stream, with this; see ByteStream
  std::vector<std::byte> carried;  // a block that came in pieces; the others are where the stream has them

  void clear() {
    events.clear();
    block = {};
    carried.clear();
  }
};

class StretchSource {
 public:
  virtual ~StretchSource() = default;
  // Makes `stretch` the next one, waiting at most `timeout_ms` for it, without limit if that is negative. The bytes it
  // refers to are valid until the next call. Throws FormatError, once everything before the bad place was given, and
  // std::system_error.
  virtual Fill next(Stretch& stretch, int timeout_ms) = 0;
  virtual double progress() const = 0;
};

class Scanner : public StretchSource {
 public:
  explicit Scanner(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {}
  // A stretch refers to the stream's last chunk only: it is valid as long as that is.
  Fill next(Stretch& stretch, int timeout_ms) override;
  double progress() const override { return stream_->progress(); }

 private:
  // How many bytes from `view` on are needed to take the next step: the length of the block, once that is known.
  std::size_t length_of_block(Bytes view) const;
  // Takes in whole blocks at the front of `view`, and leaves the rest there. False: `stretch` is complete.
  bool scan(Bytes& view, Stretch& stretch);
  bool take_event(Bytes block, Stretch& stretch);
  bool complete_carried(Stretch& stretch);
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail_at_end() const;

  std::unique_ptr<ByteStream> stream_;
  Bytes chunk_;                   // what is left of the stream's last chunk
  std::vector<std::byte> piece_;  // the first part of a block, from the chunks before
  std::uint64_t offset_ = 0;      // of the next block
  bool is_among_tables_ = true;
  std::exception_ptr error_;
};

}  // namespace tracer
