#include "record.hpp"

#include <algorithm>

namespace tracer {

RecordError decode_record(Bytes bytes, bool is_v1, Record& record) {
  const std::size_t header_size = is_v1 ? record_v1_header_size : record_header_size;
  if (bytes.size() < header_size) return RecordError::truncated;
  Cursor cursor(bytes);
  record.timestamp = cursor.get<std::uint64_t>();
  record.tid = cursor.get<std::int64_t>();
  const auto length = cursor.get<std::uint32_t>();
  record.type = cursor.get<std::uint16_t>();
  record.is_v1 = is_v1;
  record.param_count = 0;
  if (length < header_size) return RecordError::bad_length;
  if (length > bytes.size()) return RecordError::truncated;
  record.raw = bytes.first(length);
  if (record.type >= event_code_count) return RecordError::none;

  const auto& info = record.info();
  const std::size_t length_size = (info.flags & event_flag::large_payload) ? 4 : 2;
  const auto read_offsets = [&](std::size_t count) {
    const std::size_t lengths_at = header_size;
    if (count > (length - header_size) / length_size) return false;
    std::uint64_t offset = lengths_at + count * length_size;
    const std::size_t known = std::min({count, info.params.size(), max_params});
    record.offsets[0] = static_cast<std::uint32_t>(offset);
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = bytes.subspan(lengths_at + i * length_size, length_size);
      offset += length_size == 4 ? read_value<std::uint32_t>(at) : read_value<std::uint16_t>(at);
      if (offset > length) return false;
      if (i < known) record.offsets[i + 1] = static_cast<std::uint32_t>(offset);
    }
    record.param_count = static_cast<std::uint16_t>(known);
    return !is_v1 || offset == length;
  };

  if (!is_v1) return read_offsets(cursor.get<std::uint32_t>()) ? RecordError::none : RecordError::bad_params;
  // A v1 header has no count: the largest that makes lengths and values end where the record ends is the one.
  for (std::size_t count = info.params.size() + 1; count-- > 0;) {
    if (read_offsets(count)) return RecordError::none;
  }
  record.param_count = 0;
  return RecordError::bad_params;
}

}  // namespace tracer
