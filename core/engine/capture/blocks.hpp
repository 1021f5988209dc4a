// Blocks of the scap format: what a capture consists of.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

namespace tracer {

// u32 type, u32 total length, body, padding to a multiple of four, u32 total length again.
inline constexpr std::size_t block_header_size = 8;
inline constexpr std::size_t block_trailer_size = 4;
inline constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;
inline constexpr std::size_t machine_info_size = 180;
inline constexpr std::size_t hostname_size = 128;

// Longest body, with the trailer, of an event block that is not "large".
inline constexpr std::uint32_t max_event_block = 65536;
// Longer blocks are taken for damage: no real table comes near.
inline constexpr std::uint32_t max_block = 256u << 20;

// Longest strings in tables; what other readers accept.
inline constexpr std::size_t max_path = 1024;
inline constexpr std::size_t max_arguments = 4096;
inline constexpr std::size_t max_credential = 255;

// A name that ends in `_legacy` is an id from before the format's first release.
namespace block {
inline constexpr std::uint32_t section = 0x0A0D0D0A;
inline constexpr std::uint32_t machine = 0x201;
inline constexpr std::uint32_t threads_v1 = 0x202;
inline constexpr std::uint32_t descriptors = 0x203;
inline constexpr std::uint32_t event = 0x204;
inline constexpr std::uint32_t interfaces = 0x205;
inline constexpr std::uint32_t users = 0x206;
inline constexpr std::uint32_t threads_v2 = 0x207;
inline constexpr std::uint32_t event_with_flags = 0x208;
inline constexpr std::uint32_t threads_v3 = 0x209;
inline constexpr std::uint32_t threads_v4 = 0x210;
inline constexpr std::uint32_t threads_v5 = 0x211;
inline constexpr std::uint32_t threads_v6 = 0x212;
inline constexpr std::uint32_t threads_v7 = 0x213;
inline constexpr std::uint32_t threads_v8 = 0x214;
inline constexpr std::uint32_t threads_v9 = 0x215;
inline constexpr std::uint32_t event_v2 = 0x216;
inline constexpr std::uint32_t event_v2_with_flags = 0x217;
inline constexpr std::uint32_t descriptors_v2 = 0x218;
inline constexpr std::uint32_t interfaces_v2 = 0x219;
inline constexpr std::uint32_t users_v2 = 0x220;
inline constexpr std::uint32_t event_v2_large = 0x221;
inline constexpr std::uint32_t event_v2_large_with_flags = 0x222;
inline constexpr std::uint32_t threads_v1_legacy = 0x8000ABCD;
inline constexpr std::uint32_t descriptors_legacy = 0x8001ABCD;
inline constexpr std::uint32_t machine_legacy = 0x8002ABCD;
inline constexpr std::uint32_t event_legacy = 0x8010ABCD;
inline constexpr std::uint32_t interfaces_legacy = 0x8011ABCD;
inline constexpr std::uint32_t users_legacy = 0x8012ABCD;
inline constexpr std::uint32_t threads_v2_legacy = 0x8013ABCD;
inline constexpr std::uint32_t threads_v3_legacy = 0x8014ABCD;
}  // namespace block

// How an event block is laid out, by its type.
struct EventBlock {
  bool is_event = false;
  bool is_v1 = false;
  bool has_flags = false;
  bool is_large = false;
};

constexpr EventBlock event_block(std::uint32_t type) {
  switch (type) {
    case block::event_v2:
      return {true, false, false, false};
    case block::event_v2_with_flags:
      return {true, false, true, false};
    case block::event:
    case block::event_legacy:
      return {true, true, false, false};
    case block::event_with_flags:
      return {true, true, true, false};
    case block::event_v2_large:
      return {true, false, false, true};
    case block::event_v2_large_with_flags:
      return {true, false, true, true};
    default:
      return {};
  }
}

// As messages show block types and magic numbers.
inline std::string hexadecimal(std::uint32_t number) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%X", number);
  return text;
}

}  // namespace tracer
