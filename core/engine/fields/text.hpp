// Text that fields build.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tracer {

// Calls `use` with each of the NUL-terminated parts of `joined`; a last part may lack its NUL.
template <typename Use>
void for_each_part(std::string_view joined, Use&& use) {
  while (!joined.empty()) {
    const auto end = joined.find('\0');
    use(joined.substr(0, end));
    if (end == std::string_view::npos) return;
    joined.remove_prefix(end + 1);
  }
}

// Appends the NUL-terminated parts of `joined`, with a space between them.
void append_parts(std::string& out, std::string_view joined);

// The value of the first part KEY=value, or nothing.
std::optional<std::string_view> entry(std::string_view joined, std::string_view key);

enum class TimeStyle : std::uint8_t { time, time_s, datetime, datetime_s, iso8601 };

// Appends a timestamp (nanoseconds since the epoch): local time, or UTC for ISO 8601.
void append_time(std::string& out, std::uint64_t timestamp, TimeStyle style);

// Appends seconds, a point, and nine digits.
void append_seconds(std::string& out, std::uint64_t nanoseconds);

// Appends a duration in the largest unit that leaves a whole number before the point: "12.35ms".
void append_duration(std::string& out, std::uint64_t nanoseconds);

}  // namespace tracer
