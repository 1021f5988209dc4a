#include "record.hpp"

#include <algorithm>

namespace tracer {
namespace {

// Walks the length array; true if lengths and values stay inside the record.
template <typename Length>
bool read_offsets(Record& record, std::size_t header_size, std::size_t count) {
  const auto* const start = record.raw.data();
  const std::size_t size = record.raw.size();
  if (count > (size - header_size) / sizeof(Length)) return false;
  const std::size_t known = std::min({count, record.info().params.size(), max_params});
  const auto* lengths = start + header_size;
  std::uint64_t offset = header_size + count * sizeof(Length);
  record.offsets[0] = static_cast<std::uint32_t>(offset);
  const auto add_length = [&](std::size_t i) {
    Length length;
    std::memcpy(&length, lengths + i * sizeof(Length), sizeof(Length));
    offset += length;
  };
  for (std::size_t i = 0; i < known; ++i) {
    add_length(i);
    record.offsets[i + 1] = static_cast<std::uint32_t>(offset);
  }
  for (std::size_t i = known; i < count; ++i) add_length(i);
  record.param_count = static_cast<std::uint16_t>(known);
  return record.is_v1 ? offset == size : offset <= size;
}

bool read_offsets(Record& record, std::size_t header_size, std::size_t count) {
  if (record.info().flags & event_flag::large_payload) return read_offsets<std::uint32_t>(record, header_size, count);
  return read_offsets<std::uint16_t>(record, header_size, count);
}

// Writers of v1 stored a length three bytes too large for these.
std::uint32_t true_v1_length(std::uint16_t type, std::uint32_t length) {
  const bool wrong = type == code::NOTIFICATION_E || type == code::INFRASTRUCTURE_EVENT_E;
  return wrong && length >= record_v1_header_size + 3 ? length - 3 : length;
}

}  // namespace

RecordError decode_record(Bytes bytes, bool is_v1, Record& record) {
  const std::size_t header_size = is_v1 ? record_v1_header_size : record_header_size;
  if (bytes.size() < header_size) return RecordError::truncated;
  // Field by field: what is stored in one width and loaded in another makes the processor wait.
  record.timestamp = read_value<std::uint64_t>(bytes.first<8>());
  record.tid = read_value<std::int64_t>(bytes.subspan<8, 8>());
  const auto stored_length = read_value<std::uint32_t>(bytes.subspan<16, 4>());
  record.type = read_value<std::uint16_t>(bytes.subspan<20, 2>());
  record.is_v1 = is_v1;
  record.param_count = 0;
  const auto length = is_v1 ? true_v1_length(record.type, stored_length) : stored_length;
  if (length < header_size) return RecordError::bad_length;
  if (length > bytes.size()) return RecordError::truncated;
  record.raw = bytes.first(length);
  if (record.type >= event_code_count) return RecordError::none;

  if (!is_v1) {
    const auto count = read_value<std::uint32_t>(bytes.subspan(record_v1_header_size, 4));
    if (read_offsets(record, header_size, count)) return RecordError::none;
  } else {
    // A v1 header has no count. Only one makes lengths and values end where the record ends.
    for (std::size_t count = record.info().params.size() + 1; count-- > 0;) {
      if (read_offsets(record, header_size, count)) return RecordError::none;
    }
  }
  record.param_count = 0;
  return RecordError::bad_params;
}

void append_v2_record(std::vector<std::byte>& out, const Record& record) {
  const auto raw = record.raw;
  if (!record.is_v1) {
    out.insert(out.end(), raw.begin(), raw.end());
    return;
  }
  const std::size_t start = out.size();
  const auto length = static_cast<std::uint32_t>(raw.size() + record_header_size - record_v1_header_size);
  const std::uint32_t count = record.param_count;
  out.insert(out.end(), raw.begin(), raw.begin() + record_v1_header_size);
  std::memcpy(out.data() + start + 16, &length, sizeof length);
  const auto count_bytes = std::as_bytes(std::span(&count, 1));
  out.insert(out.end(), count_bytes.begin(), count_bytes.end());
  out.insert(out.end(), raw.begin() + record_v1_header_size, raw.end());
}

std::uint16_t generic_id(const Record& record) {
  const auto id = record.value<std::uint16_t>(0);
  if (id != 0 || has_shape_of_0293(record) || !record.has_param(1)) return id;
  const auto number = record.value<std::uint16_t>(1);
  return number < syscalls_x86_64.size() ? syscalls_x86_64[number].id : id;
}

std::string_view generic_name(const Record& record) {
  const auto id = generic_id(record);
  const auto names = has_shape_of_0293(record) ? syscall_id_names_in_0293 : syscall_id_names;
  return id < names.size() ? names[id] : "<unknown syscall>";
}

}  // namespace tracer
