#include "capture_source.hpp"

#include <cstdio>

#include "blocks.hpp"
#include "tables.hpp"

namespace tracer {
namespace {

constexpr int without_limit = -1;
constexpr std::size_t min_block = block_header_size + block_trailer_size;

std::string hexadecimal(std::uint32_t number) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%X", number);
  return text;
}

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

}  // namespace

CaptureSource::CaptureSource(const std::string& path, bool follow) : window_(open_stream(path, follow)) {}

void CaptureSource::fail(const std::string& what) const { throw FormatError(window_.offset(), what); }

void CaptureSource::fail_cut() const { fail("capture is cut off: incomplete block"); }

CaptureSource::Header CaptureSource::peek_header() {
  const auto view = window_.view();
  if (view.size() < block_header_size) return {0, 0};
  return {read_value<std::uint32_t>(view.first<4>()), read_value<std::uint32_t>(view.subspan<4, 4>())};
}

// The header of the next metadata block, or of the first event's.
CaptureSource::Header CaptureSource::read_header() {
  if (window_.widen(block_header_size, without_limit) == Fill::end) {
    if (window_.view().empty()) fail(window_.offset() == 0 ? "not a capture: no bytes" : "no events in the capture");
    fail_cut();
  }
  return peek_header();
}

// The body of a metadata block, padding included.
Bytes CaptureSource::read_body(const Header& header) {
  const auto length = header.total_length;
  if (length < min_block || length > max_block) fail("bad block length " + std::to_string(length));
  if (window_.widen(length, without_limit) == Fill::end) fail_cut();
  const auto block = window_.view().first(length);
  const auto trailer = read_value<std::uint32_t>(block.last(block_trailer_size));
  if (trailer != length) {
    fail("block length " + std::to_string(length) + " is given as " + std::to_string(trailer) + " at the block's end");
  }
  return block.subspan(block_header_size, length - min_block);
}

void CaptureSource::check_section(Bytes body) {
  Cursor cursor(body);
  const auto magic = cursor.get<std::uint32_t>();
  const auto major = cursor.get<std::uint16_t>();
  cursor.get<std::uint16_t>();  // minor version: nothing depends on it
  cursor.get<std::uint64_t>();  // section length: never filled in
  if (cursor.failed()) fail("section header is too short");
  if (magic != byte_order_magic) fail("section header has a wrong magic number " + hexadecimal(magic));
  if (major > 1) fail("format version " + std::to_string(major) + " is newer than this program");
}

void CaptureSource::load_tables(State& state) {
  if (window_.widen(block_header_size, without_limit) == Fill::end && window_.offset() == 0) {
    fail(window_.view().empty() ? "not a capture: the file is empty" : "not a capture: the file is too short");
  }
  auto header = read_header();
  if (header.type != block::section) {
    fail("not a capture: it begins with block type " + hexadecimal(header.type) + " instead of a section header");
  }
  check_section(read_body(header));
  window_.consume(header.total_length);
  for (header = read_header(); !event_block(header.type).is_event; header = read_header()) {
    load_table_block(header.type, read_body(header), window_.offset() + block_header_size, state);
    window_.consume(header.total_length);
  }
  finish_tables(state);
}

Next CaptureSource::next(Record& record, int timeout_ms) {
  window_.consume(in_use_);
  in_use_ = 0;
  for (;;) {
    if (const auto fill = window_.widen(block_header_size, timeout_ms); fill != Fill::bytes) {
      if (fill == Fill::idle) return Next::idle;
      if (window_.view().empty()) return Next::end;
      fail_cut();
    }
    const auto [type, total_length] = peek_header();
    const auto layout = event_block(type);
    if (!layout.is_event) {
      if (type == block::section) return Next::restart;
      fail("unexpected block type " + hexadecimal(type));
    }
    const std::size_t prefix =
        block_header_size + sizeof(std::uint16_t) + (layout.has_flags ? sizeof(std::uint32_t) : 0);
    const std::size_t record_header = layout.is_v1 ? record_v1_header_size : record_header_size;
    const std::uint32_t limit = layout.is_large ? max_block : max_event_block + block_header_size;
    if (total_length < prefix + record_header + block_trailer_size || total_length > limit) {
      fail("bad block length " + std::to_string(total_length));
    }
    if (const auto fill = window_.widen(total_length, timeout_ms); fill != Fill::bytes) {
      if (fill == Fill::idle) return Next::idle;
      fail_cut();
    }
    const auto block = window_.view().first(total_length);
    record.cpu = read_value<std::uint16_t>(block.subspan(block_header_size, sizeof(std::uint16_t)));
    record.dump_flags = 0;
    if (layout.has_flags) {
      record.dump_flags = read_value<std::uint32_t>(block.subspan(block_header_size + sizeof(std::uint16_t)).first(4));
    }
    const auto body = block.subspan(prefix, total_length - prefix - block_trailer_size);
    const auto error = decode_record(body, layout.is_v1, record);
    // Events that came after this schema carry codes beyond it; whether they are whole cannot be told.
    if (record.type >= event_code_count) {
      window_.consume(total_length);
      continue;
    }
    if (error != RecordError::none) fail(describe(error));
    in_use_ = total_length;
    ++records_;
    return Next::record;
  }
}

}  // namespace tracer
