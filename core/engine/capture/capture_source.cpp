#include "capture_source.hpp"

#include "background_scanner.hpp"
#include "blocks.hpp"
#include "inflate.hpp"
#include "mapped_stream.hpp"
#include "tables.hpp"

namespace tracer {
namespace {

constexpr int without_limit = -1;

std::unique_ptr<StretchSource> open_capture(const std::string& path, bool follow) {
  // What has to be waited for is read where it is asked for, so that a signal interrupts the wait.
  auto file = open_for_reading(path);
  auto name = name_of_input(path);
  const auto first = first_byte(file);
  if (first >= 0 && !follow) {
    constexpr auto kept = BackgroundScanner::chunks_in_use;
    if (first == gzip_first_byte) {
      auto compressed = std::make_unique<FileStream>(std::move(file), std::move(name), false);
      return std::make_unique<BackgroundScanner>(std::make_unique<InflateStream>(std::move(compressed), kept));
    }
    if (auto mapped = MappedStream::open(file, name, kept)) {
      return std::make_unique<BackgroundScanner>(std::move(mapped));
    }
  }
  auto stream = std::make_unique<FileStream>(std::move(file), std::move(name), follow);
  return std::make_unique<Scanner>(std::make_unique<InflateStream>(std::move(stream)));
}

void check_section(Bytes body, std::uint64_t offset) {
  Cursor cursor(body);
  const auto magic = cursor.get<std::uint32_t>();
  const auto major = cursor.get<std::uint16_t>();
  cursor.get<std::uint16_t>();  // minor version: nothing depends on it
  cursor.get<std::uint64_t>();  // section length: never filled in
  if (cursor.failed()) throw FormatError(offset, "section header is too short");
  if (magic != byte_order_magic) {
    throw FormatError(offset, "section header has a wrong magic number " + hexadecimal(magic));
  }
  if (major > 1) {
    throw FormatError(offset, "format version " + std::to_string(major) + " is newer than this program");
  }
}

}  // namespace

CaptureSource::CaptureSource(const std::string& path, bool follow)
    : stretches_(open_capture(path, follow)), has_progress_(stretches_->progress() >= 0) {}

Fill CaptureSource::load_stretch(int timeout_ms) {
  next_ = 0;
  return stretches_->next(stretch_, timeout_ms);
}

// The body of a metadata block, padding included.
Bytes CaptureSource::body_of_block() const {
  const auto block = stretch_.block;
  const auto length = read_value<std::uint32_t>(block.subspan<4, 4>());
  const auto trailer = read_value<std::uint32_t>(block.last(block_trailer_size));
  if (trailer != length) {
    throw FormatError(stretch_.offset, "block length " + std::to_string(length) + " is given as " +
                                           std::to_string(trailer) + " at the block's end");
  }
  return block.subspan(block_header_size, length - block_header_size - block_trailer_size);
}

void CaptureSource::load_tables(State& state) {
  if (!has_block() && load_stretch(without_limit) == Fill::end) {
    throw FormatError(0, "not a capture: the file is empty");
  }
  check_section(body_of_block(), stretch_.offset);
  for (;;) {
    const auto end = stretch_.offset + stretch_.block.size();
    if (load_stretch(without_limit) == Fill::end) throw FormatError(end, "no events in the capture");
    if (!has_block()) break;
    const auto type = read_value<std::uint32_t>(stretch_.block.first<4>());
    load_table_block(type, body_of_block(), stretch_.offset + block_header_size, state);
  }
  finish_tables(state);
}

Next CaptureSource::next(Record& record, int timeout_ms) {
  while (next_ == stretch_.events.size()) {
    const auto fill = load_stretch(timeout_ms);
    if (fill == Fill::idle) return Next::idle;
    if (fill == Fill::end) return Next::end;
    if (has_block()) return Next::restart;
  }
  const auto& glance = stretch_.events[next_++];
  record.cpu = glance.cpu;
  record.dump_flags = glance.dump_flags;
  const Bytes bytes(glance.raw, glance.size);
  if (glance.has_short_lengths) {
    decode_checked_record(bytes, glance.param_count, record);
  } else {
    decode_record(bytes, glance.is_v1, record);
  }
  ++records_;
  return Next::record;
}

}  // namespace tracer
