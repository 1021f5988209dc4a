// What can be told of an event at first glance: enough for most events that nobody looks at closer.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tracer {

inline constexpr std::size_t plain_block_prefix = 10;  // type, length, CPU

struct Glance {
  const std::byte* raw = nullptr;  // the record, `size` bytes: header, lengths and values
  std::uint64_t timestamp = 0;
  std::int64_t tid = 0;
  std::int64_t first = 0;  // the first parameter, where `has_first`
  std::uint32_t size = 0;
  std::uint32_t dump_flags = 0;
  std::uint16_t type = 0;
  std::uint16_t cpu = 0;
  std::uint8_t param_count = 0;  // as Record::param_count
  bool is_v1 = false;
  bool has_short_lengths = false;  // a v2 record with lengths of 16 bits
  bool has_first = false;          // the first parameter is there, and has eight bytes
  bool is_of_0293 = false;         // see has_shape_of_0293
  bool is_newer = false;           // it tells more than sysdig 0.29.3 knows
  // The record lies in a block that can be copied as it is: it begins `plain_block_prefix` bytes before.
  bool is_in_plain_block = false;
};

}  // namespace tracer
