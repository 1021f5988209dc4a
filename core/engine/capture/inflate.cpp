#include "inflate.hpp"

#include <isa-l/igzip_lib.h>

#include "../source.hpp"

namespace tracer {
namespace {

constexpr std::size_t output_size = 256 * 1024;

}  // namespace

struct InflateStream::Inflater {
  inflate_state state;
};

InflateStream::InflateStream(std::unique_ptr<ByteStream> input, std::size_t kept_chunks)
    : input_(std::move(input)), outputs_(kept_chunks) {}
InflateStream::~InflateStream() = default;

Fill InflateStream::refill(int timeout_ms) {
  if (!compressed_.empty()) return Fill::bytes;
  return input_->next(compressed_, timeout_ms);
}

// After the end of a member: whether another one follows. What follows and is not gzip is padding.
bool InflateStream::begin_next_member() {
  if (std::to_integer<int>(compressed_.front()) != gzip_first_byte) return false;
  isal_inflate_reset(&inflater_->state);
  inflater_->state.crc_flag = ISAL_GZIP;
  return true;
}

Fill InflateStream::next(Bytes& chunk, int timeout_ms) {
  if (kind_ == Kind::plain) return input_->next(chunk, timeout_ms);
  if (damage_) throw FormatError(delivered_, damage_);
  if (kind_ == Kind::unknown) {
    if (const auto fill = refill(timeout_ms); fill != Fill::bytes) return fill;
    if (std::to_integer<int>(compressed_.front()) != gzip_first_byte) {
      kind_ = Kind::plain;
      chunk = compressed_;
      return Fill::bytes;
    }
    kind_ = Kind::gzip;
    inflater_ = std::make_unique<Inflater>();
    isal_inflate_init(&inflater_->state);
    inflater_->state.crc_flag = ISAL_GZIP;
    for (auto& output : outputs_) output.resize(output_size);
  }

  auto& state = inflater_->state;
  auto& output = outputs_[turn_];
  state.next_out = reinterpret_cast<std::uint8_t*>(output.data());
  state.avail_out = static_cast<std::uint32_t>(output.size());
  const auto produced = [&] { return output.size() - state.avail_out; };
  const auto deliver = [&] {
    chunk = Bytes(output.data(), produced());
    turn_ = (turn_ + 1) % outputs_.size();
    delivered_ += produced();
    return Fill::bytes;
  };
  while (state.avail_out > 0) {
    const bool finished = state.block_state == ISAL_BLOCK_FINISH;
    // The inflater may still hold output for input that it has taken already.
    if (compressed_.empty()) {
      const auto fill = produced() > 0 ? Fill::idle : refill(timeout_ms);
      if (fill != Fill::bytes && produced() > 0) return deliver();
      if (fill == Fill::idle) return Fill::idle;
      if (fill == Fill::end) {
        if (finished) return Fill::end;
        throw FormatError(delivered_, "compressed data is cut off");
      }
    }
    if (finished && !begin_next_member()) {
      compressed_ = {};
      return produced() > 0 ? deliver() : Fill::end;
    }
    // isal_inflate only reads through next_in.
    state.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(compressed_.data()));
    state.avail_in = static_cast<std::uint32_t>(compressed_.size());
    const int result = isal_inflate(&state);
    compressed_ = compressed_.last(state.avail_in);
    if (result < ISAL_DECOMP_OK || result > ISAL_OUT_OVERFLOW) {
      damage_ =
          result == ISAL_INCORRECT_CHECKSUM ? "compressed data has a wrong checksum" : "compressed data is damaged";
      if (produced() > 0) return deliver();
      throw FormatError(delivered_, damage_);
    }
  }
  return deliver();
}

}  // namespace tracer
