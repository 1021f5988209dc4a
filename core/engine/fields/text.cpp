#include "text.hpp"

#include <cstdio>
#include <ctime>

namespace tracer {

namespace {

constexpr std::uint64_t second = 1'000'000'000;

// The calendar's view of one minute: lines come in time order, and only the seconds differ within it.
struct Minute {
  std::int64_t number = -1;
  std::tm local{};
};

const std::tm& local_minute(std::int64_t seconds) {
  thread_local Minute minute;
  if (minute.number != seconds / 60) {
    minute.number = seconds / 60;
    const std::time_t start = minute.number * 60;
    localtime_r(&start, &minute.local);
  }
  return minute.local;
}

template <typename... Numbers>
void append_format(std::string& out, const char* format, Numbers... numbers) {
  char buffer[64];
  const auto length = std::snprintf(buffer, sizeof buffer, format, numbers...);
  out.append(buffer, static_cast<std::size_t>(length));
}

void append_digits(std::string& out, std::uint64_t number, std::size_t width) {
  const auto start = out.size();
  out.resize(start + width);
  for (auto at = start + width; at-- > start; number /= 10) out[at] = static_cast<char>('0' + number % 10);
}

}  // namespace

void append_parts(std::string& out, std::string_view joined) {
  bool first = true;
  for_each_part(joined, [&](std::string_view part) {
    if (!first) out += ' ';
    first = false;
    out += part;
  });
}

std::optional<std::string_view> entry(std::string_view joined, std::string_view key) {
  std::optional<std::string_view> found;
  for_each_part(joined, [&](std::string_view part) {
    if (!found && part.size() > key.size() && part.starts_with(key) && part[key.size()] == '=') {
      found = part.substr(key.size() + 1);
    }
  });
  return found;
}

void append_time(std::string& out, std::uint64_t timestamp, TimeStyle style) {
  const auto seconds = static_cast<std::int64_t>(timestamp / second);
  const bool iso = style == TimeStyle::iso8601;
  std::tm utc{};
  if (iso) gmtime_r(&seconds, &utc);
  const auto& calendar = iso ? utc : local_minute(seconds);
  const auto number = [](int value) { return static_cast<std::uint64_t>(value); };
  if (style != TimeStyle::time && style != TimeStyle::time_s) {
    append_digits(out, number(calendar.tm_year + 1900), 4);
    out += '-';
    append_digits(out, number(calendar.tm_mon + 1), 2);
    out += '-';
    append_digits(out, number(calendar.tm_mday), 2);
    out += iso ? 'T' : ' ';
  }
  append_digits(out, number(calendar.tm_hour), 2);
  out += ':';
  append_digits(out, number(calendar.tm_min), 2);
  out += ':';
  append_digits(out, static_cast<std::uint64_t>(seconds) % 60, 2);
  if (style == TimeStyle::time_s || style == TimeStyle::datetime_s) return;
  out += '.';
  append_digits(out, timestamp % second, 9);
  if (iso) out += "+0000";
}

void append_seconds(std::string& out, std::uint64_t nanoseconds) {
  out += std::to_string(nanoseconds / second);
  out += '.';
  append_digits(out, nanoseconds % second, 9);
}

void append_duration(std::string& out, std::uint64_t nanoseconds) {
  using number = unsigned long long;
  const auto seconds = static_cast<number>(nanoseconds / second);
  if (seconds >= 3600)
    return append_format(out, "%02llu:%02llu:%02llu", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (seconds >= 60) return append_format(out, "%llu:%llu", seconds / 60, seconds % 60);
  struct Unit {
    number size;
    const char* name;
  };
  for (const auto& [size, name] : {Unit{second, "s"}, Unit{1'000'000, "ms"}, Unit{1'000, "us"}}) {
    if (nanoseconds < size) continue;
    const bool two_digits = size == second || nanoseconds < size * 10;
    if (!two_digits) return append_format(out, "%llu%s", static_cast<number>(nanoseconds) / size, name);
    return append_format(out, "%llu.%02llu%s", static_cast<number>(nanoseconds) / size,
                         static_cast<number>(nanoseconds) % size / (size / 100), name);
  }
  append_format(out, "%lluns", static_cast<number>(nanoseconds));
}

}  // namespace tracer
