// What can be told of an event at first glance: enough for most events that nobody looks at closer.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tracer {

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
  bool has_first = false;  // the first parameter is there, and has eight bytes
};

}  // namespace tracer
