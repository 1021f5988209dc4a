#include "older_events.hpp"

#include <algorithm>
#include <array>

namespace tracer {
namespace {

// An exit event whose parameters are the first ones of the newer type's.
struct Equivalent {
  std::uint16_t newer;
  std::uint16_t older;
  std::uint16_t params;
};

constexpr Equivalent equivalents[] = {
    {code::SYSCALL_PIPE2_X, code::SYSCALL_PIPE_X, 4},
    {code::SOCKET_ACCEPT4_6_X, code::SOCKET_ACCEPT_5_X, 5},
    {code::SYSCALL_EVENTFD2_X, code::SYSCALL_EVENTFD_X, 1},
    {code::SYSCALL_INOTIFY_INIT1_X, code::SYSCALL_INOTIFY_INIT_X, 1},
    {code::SYSCALL_SIGNALFD4_X, code::SYSCALL_SIGNALFD_X, 1},
};

// Fills a record of known size from its start.
class RecordBytes {
 public:
  explicit RecordBytes(std::size_t size) : bytes_(size) {}
  template <typename T>
  void put(T value) {
    put(std::as_bytes(std::span(&value, 1)));
  }
  void put(Bytes value) {
    std::copy(value.begin(), value.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += value.size();
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
  std::size_t used_ = 0;
};

std::vector<std::byte> make_record(const Record& from, std::uint16_t type, std::span<const Bytes> values) {
  std::size_t length = record_header_size + values.size() * sizeof(std::uint16_t);
  for (const auto& value : values) length += value.size();
  RecordBytes record(length);
  record.put(from.timestamp);
  record.put(from.tid);
  record.put(static_cast<std::uint32_t>(length));
  record.put(type);
  record.put(static_cast<std::uint32_t>(values.size()));
  for (const auto& value : values) record.put(static_cast<std::uint16_t>(value.size()));
  for (const auto& value : values) record.put(value);
  return record.take();
}

bool is_dup(std::uint16_t type) {
  return type == code::SYSCALL_DUP_1_X || type == code::SYSCALL_DUP2_X || type == code::SYSCALL_DUP3_X;
}

}  // namespace

std::vector<std::vector<std::byte>> older_events(const Record& record) {
  std::vector<std::vector<std::byte>> made;
  if (record.type < first_code_after_0293 || record.value<std::int64_t>(0) < 0) return made;
  if (is_dup(record.type) && record.has_param(1)) {
    // The old pair has the duplicated descriptor in its enter event.
    const std::array result{record.param(0)}, duplicated{record.param(1)};
    made.push_back(make_record(record, code::SYSCALL_DUP_E, duplicated));
    made.push_back(make_record(record, code::SYSCALL_DUP_X, result));
    return made;
  }
  for (const auto& [newer, older, count] : equivalents) {
    if (record.type != newer || record.param_count < count) continue;
    std::vector<Bytes> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(record.param(i));
    made.push_back(make_record(record, older, values));
  }
  return made;
}

}  // namespace tracer
