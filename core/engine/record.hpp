// A view of one event record, whichever version of the header it was stored with.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "bytes.hpp"
#include "schema.hpp"

namespace tracer {

inline constexpr std::size_t record_header_size = 26;     // ts, tid, len, type, nparams
inline constexpr std::size_t record_v1_header_size = 22;  // without nparams
inline constexpr std::size_t max_params = 40;             // more than any event type has

inline constexpr std::uint32_t dump_flag_state_only = 1;  // update state, do not show

struct Record {
  std::uint64_t timestamp = 0;  // nanoseconds since the epoch
  std::int64_t tid = 0;
  std::uint16_t type = 0;
  std::uint16_t cpu = 0;
  std::uint32_t dump_flags = 0;
  std::uint16_t param_count = 0;  // parameters present and known to the schema
  bool is_v1 = false;
  Bytes raw;                                            // header, lengths and values as stored, without padding
  std::array<std::uint32_t, max_params + 1> offsets{};  // of each value in `raw`, and of the end of the last

  const EventInfo& info() const { return events[type]; }
  bool is_enter() const { return tracer::is_enter(type); }

  // The bytes of parameter `index`; empty where the record does not carry it.
  Bytes param(std::size_t index) const {
    if (index >= param_count) return {};
    return raw.subspan(offsets[index], offsets[index + 1] - offsets[index]);
  }
  bool has_param(std::size_t index) const { return index < param_count; }

  template <typename T>
  T value(std::size_t index) const {
    return read_value<T>(param(index));
  }
  std::string_view text(std::size_t index) const { return as_c_text(param(index)); }
};

// Whether the record has just the parameters that sysdig 0.29.3 knows: it then shows as that release shows it.
inline bool has_shape_of_0293(const Record& record) {
  return record.type < first_code_after_0293 && record.param_count == record.info().params_in_0293;
}
// What the schema says of the event: bits of namespace event_flag.
inline std::uint32_t event_flags(const Record& record) {
  return has_shape_of_0293(record) ? record.info().flags_in_0293 : record.info().flags;
}
// How the record's parameter is to be read.
inline const ParamInfo& declared_param(const Record& record, std::size_t index) {
  const auto& param = record.info().params[index];
  return param.was != nullptr && has_shape_of_0293(record) ? *param.was : param;
}
// The system call that a generic event stands for. "<unknown syscall>" for ids beyond the schema.
std::string_view generic_name(const Record& record);
// The system call id of a generic event. One that sysdig 0.29.3 does not know is stored as 0, since it would crash it;
// then the call's own number tells.
std::uint16_t generic_id(const Record& record);
inline constexpr std::uint16_t syscall_ids_in_0293 = 329;

// Why bytes are not a record.
enum class RecordError : std::uint8_t { none, truncated, bad_length, bad_params };

// Fills `record` from the bytes of one v2 (or v1) record. An unknown type is no error: `type` is then
// at least event_code_count, `param_count` is 0, and the caller decides.
RecordError decode_record(Bytes bytes, bool is_v1, Record& record);

// Fills `record` from the bytes of a v2 record with 16-bit lengths that have been found to fit.
inline void decode_checked_record(Bytes bytes, std::uint16_t param_count, Record& record) {
  const auto* const start = bytes.data();
  std::memcpy(&record.timestamp, start, sizeof record.timestamp);
  std::memcpy(&record.tid, start + 8, sizeof record.tid);
  std::memcpy(&record.type, start + 20, sizeof record.type);
  std::uint32_t count;
  std::memcpy(&count, start + record_v1_header_size, sizeof count);
  record.is_v1 = false;
  record.param_count = param_count;
  record.raw = bytes;
  auto offset = static_cast<std::uint32_t>(record_header_size + count * sizeof(std::uint16_t));
  record.offsets[0] = offset;
  for (std::size_t i = 0; i < param_count; ++i) {
    std::uint16_t length;
    std::memcpy(&length, start + record_header_size + i * sizeof length, sizeof length);
    record.offsets[i + 1] = offset += length;
  }
}

// Appends a decoded record of a known type in the v2 layout, whichever it came in.
void append_v2_record(std::vector<std::byte>& out, const Record& record);

}  // namespace tracer
