#include "scanner.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "../record.hpp"
#include "../source.hpp"
#include "blocks.hpp"

namespace tracer {
namespace {

constexpr std::size_t min_block = block_header_size + block_trailer_size;

const char* describe(RecordError error) {
  switch (error) {
    case RecordError::none:
      break;
    case RecordError::truncated:
      return "event is longer than its block";
    case RecordError::bad_length:
      return "event is shorter than its header";
    case RecordError::bad_params:
      return "event parameters do not fit the event";
  }
  return "bad event";
}

template <typename T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// What there is to know of an event type to check a record of it.
struct Shape {
  std::uint8_t params = 0;
  std::uint8_t params_in_0293 = 0;
  bool is_in_0293 = false;
  bool has_long_lengths = false;
};

const std::array<Shape, event_code_count> shapes = [] {
  std::array<Shape, event_code_count> made;
  for (std::size_t type = 0; type < event_code_count; ++type) {
    made[type].params = static_cast<std::uint8_t>(std::min(events[type].params.size(), max_params));
    made[type].params_in_0293 = events[type].params_in_0293;
    made[type].is_in_0293 = type < first_code_after_0293;
    made[type].has_long_lengths = (events[type].flags & event_flag::large_payload) != 0;
  }
  return made;
}();

std::size_t prefix_size(const EventBlock& layout) {
  return block_header_size + sizeof(std::uint16_t) + (layout.has_flags ? sizeof(std::uint32_t) : 0);
}

// A record of the current version with lengths of 16 bits: nearly all there are. False: it has to be decoded to see
// what is the matter.
bool glance_at(Bytes bytes, Glance& glance) {
  const auto* const start = bytes.data();
  const auto size = load<std::uint32_t>(start + 16);
  const auto type = load<std::uint16_t>(start + 20);
  const auto count = load<std::uint32_t>(start + 22);
  if (type >= event_code_count || size < record_header_size || size > bytes.size()) return false;
  const auto shape = shapes[type];
  if (shape.has_long_lengths || count > (size - record_header_size) / sizeof(std::uint16_t)) return false;
  std::size_t end = record_header_size + count * sizeof(std::uint16_t);
  const auto values = end;
  for (std::size_t i = 0; i < count; ++i) end += load<std::uint16_t>(start + record_header_size + 2 * i);
  if (end > size) return false;
  glance.raw = start;
  glance.has_short_lengths = true;
  glance.size = size;
  glance.type = type;
  glance.timestamp = load<std::uint64_t>(start);
  glance.tid = load<std::int64_t>(start + 8);
  glance.param_count = static_cast<std::uint8_t>(std::min<std::uint32_t>(count, shape.params));
  glance.has_first = glance.param_count > 0 && load<std::uint16_t>(start + record_header_size) == sizeof glance.first;
  if (glance.has_first) glance.first = load<std::int64_t>(start + values);
  return true;
}

}  // namespace

void Scanner::fail(const std::string& what) const { throw FormatError(offset_, what); }

void Scanner::fail_at_end() const {
  if (offset_ == 0 && piece_.size() < block_header_size) fail("not a capture: the file is too short");
  fail("capture is cut off: incomplete block");
}

std::size_t Scanner::length_of_block(Bytes view) const {
  if (view.size() < block_header_size) return block_header_size;
  const auto type = load<std::uint32_t>(view.data());
  const auto length = load<std::uint32_t>(view.data() + sizeof type);
  const auto layout = event_block(type);
  if (offset_ == 0 && type != block::section) {
    fail("not a capture: it begins with block type " + hexadecimal(type) + " instead of a section header");
  }
  if (!layout.is_event && !is_among_tables_ && type != block::section) {
    fail("unexpected block type " + hexadecimal(type));
  }
  std::size_t least = min_block, most = max_block;
  if (layout.is_event) {
    least += prefix_size(layout) - block_header_size + (layout.is_v1 ? record_v1_header_size : record_header_size);
    if (!layout.is_large) most = max_event_block + block_header_size;
  }
  if (length < least || length > most) fail("bad block length " + std::to_string(length));
  return length;
}

bool Scanner::take_event(Bytes block, Stretch& stretch) {
  const auto layout = event_block(load<std::uint32_t>(block.data()));
  if (!layout.is_event) return false;
  is_among_tables_ = false;
  // Nothing else reads this ahead across the end of a page.
  __builtin_prefetch(block.data() + 1024);
  const auto prefix = prefix_size(layout);
  const auto body = block.subspan(prefix, block.size() - prefix - block_trailer_size);
  auto& glance = stretch.events.emplace_back();
  glance.cpu = load<std::uint16_t>(block.data() + block_header_size);
  if (layout.has_flags) {
    glance.dump_flags = load<std::uint32_t>(block.data() + block_header_size + sizeof(std::uint16_t));
  }
  if (layout.is_v1 || !glance_at(body, glance)) {
    Record record;
    const auto error = decode_record(body, layout.is_v1, record);
    if (record.type >= event_code_count || error != RecordError::none) {
      stretch.events.pop_back();
      // Events that came after this schema carry codes beyond it; whether they are whole cannot be told.
      if (record.type >= event_code_count) return true;
      fail(describe(error));
    }
    glance.raw = record.raw.data();
    glance.size = static_cast<std::uint32_t>(record.raw.size());
    glance.type = record.type;
    glance.timestamp = record.timestamp;
    glance.tid = record.tid;
    glance.param_count = static_cast<std::uint8_t>(record.param_count);
    glance.is_v1 = layout.is_v1;
    glance.has_first = record.param(0).size() == sizeof glance.first;
    if (glance.has_first) glance.first = record.value<std::int64_t>(0);
  }
  const auto& shape = shapes[glance.type];
  glance.is_of_0293 = shape.is_in_0293 && glance.param_count == shape.params_in_0293;
  glance.is_newer = !shape.is_in_0293 || glance.param_count > shape.params_in_0293;
  const auto length = load<std::uint32_t>(block.data() + sizeof(std::uint32_t));
  glance.is_in_plain_block = load<std::uint32_t>(block.data()) == block::event_v2 && !shape.has_long_lengths &&
                             block.size() == (plain_block_prefix + glance.size + 3) / 4 * 4 + block_trailer_size &&
                             load<std::uint32_t>(block.data() + block.size() - block_trailer_size) == length;
  return true;
}

bool Scanner::scan(Bytes& view, Stretch& stretch) {
  while (!view.empty()) {
    const auto length = length_of_block(view);
    if (view.size() < length) return true;
    const auto block = view.first(length);
    if (!take_event(block, stretch)) {
      if (!stretch.events.empty()) return false;
      is_among_tables_ = true;
      stretch.block = block;
      stretch.offset = offset_;
    }
    view = view.subspan(length);
    offset_ += length;
    if (!stretch.block.empty()) return false;
  }
  return true;
}

// Adds to the block that has come in part; false: it still has not come whole.
bool Scanner::complete_carried(Stretch& stretch) {
  for (;;) {
    const auto length = length_of_block(piece_);
    if (piece_.size() == length) break;
    if (chunk_.empty()) return false;
    const auto more = chunk_.first(std::min(length - piece_.size(), chunk_.size()));
    piece_.insert(piece_.end(), more.begin(), more.end());
    chunk_ = chunk_.subspan(more.size());
  }
  stretch.carried.swap(piece_);
  piece_.clear();
  return true;
}

Fill Scanner::next(Stretch& stretch, int timeout_ms) {
  stretch.clear();
  stretch.progress = stream_->progress();
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  try {
    for (;;) {
      if (chunk_.empty()) {
        const auto fill = stream_->next(chunk_, timeout_ms);
        stretch.progress = stream_->progress();
        if (fill == Fill::end && !piece_.empty()) fail_at_end();
        if (fill != Fill::bytes) return fill;
      }
      if (!piece_.empty()) {
        if (!complete_carried(stretch)) continue;
        Bytes carried = stretch.carried;
        if (!scan(carried, stretch)) return Fill::bytes;
      }
      if (!scan(chunk_, stretch)) return Fill::bytes;
      piece_.assign(chunk_.begin(), chunk_.end());
      chunk_ = {};
      if (!stretch.events.empty()) return Fill::bytes;
    }
  } catch (...) {
    if (stretch.events.empty()) throw;
    error_ = std::current_exception();
    return Fill::bytes;
  }
}

}  // namespace tracer
