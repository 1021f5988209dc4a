// Events that nobody looks at: what they leave in the tables, and no more.
#include <cstring>

#include "effects.hpp"
#include "rules.hpp"
#include "state.hpp"

namespace tracer {
namespace {

// The first parameters of a record at a glance; those that it does not carry are empty.
class GlanceParams {
 public:
  // Only of records for which `may_be_read`.
  explicit GlanceParams(const Glance& glance)
      : lengths_(glance.raw + record_header_size),
        count_(glance.param_count),
        value_(lengths_ + 2 * count_of(glance)) {}
  static bool may_be_read(const Glance& glance) {
    return !glance.is_v1 && !(events[glance.type].flags & event_flag::large_payload);
  }
  Bytes operator[](std::size_t index) const {
    if (index >= count_) return {};
    const auto* at = value_;
    for (std::size_t i = 0; i < index; ++i) at += length(i);
    return {at, length(index)};
  }
  template <typename T>
  T value(std::size_t index) const {
    return read_value<T>((*this)[index]);
  }

 private:
  static std::size_t count_of(const Glance& glance) {
    std::uint32_t count;
    std::memcpy(&count, glance.raw + record_v1_header_size, sizeof count);
    return count;
  }
  std::size_t length(std::size_t index) const {
    std::uint16_t length;
    std::memcpy(&length, lengths_ + 2 * index, sizeof length);
    return length;
  }

  const std::byte* lengths_;
  std::size_t count_;
  const std::byte* value_;
};

bool is_old(const Glance& glance) {
  return glance.type < first_code_after_0293 && glance.param_count == events[glance.type].params_in_0293;
}

}  // namespace

Thread* State::thread_to_pass_by(const Glance& glance) {
  const bool is_of_0293 = is_old(glance);
  if (!rule_of(glance.type, is_of_0293).may_be_passed_by) return nullptr;
  if (first_timestamp == 0 || glance.timestamp >= next_held_ || glance.timestamp >= next_purge_) return nullptr;
  if (!is_of_0293 && !is_current_ && is_newer_than_0293(glance)) return nullptr;
  if (ended_tid_ != -1 || !ended_fds_.empty()) remove_what_the_last_event_ended();
  return threads.find(glance.tid);
}

bool State::pass_by(const Glance& glance, Thread& thread, std::uint64_t number) {
  if (!GlanceParams::may_be_read(glance)) return false;
  const auto& rule = rule_of(glance.type, is_old(glance));
  const GlanceParams params(glance);
  if (rule.effect == Effect::schedule) {
    if (glance.param_count >= 6) tell_schedule(threads, thread, params);
    note_time(glance.timestamp);
    return true;
  }

  auto& enter = thread.enter;
  auto fd = thread.last_event_fd;
  std::uint64_t latency = 0;
  const bool begins = is_enter(glance.type);
  if (begins) {
    fd = rule.fd_param < 0 ? -1 : params.value<std::int64_t>(rule.fd_param);
  } else {
    if (!enter.valid() || !belongs(enter.type, glance.type)) {
      fd = -1;
    } else if (!enter.is_used && glance.timestamp > enter.timestamp) {
      latency = glance.timestamp - enter.timestamp;
    }
    if (rule.fd_param >= 0) {
      const auto given = params[rule.fd_param];
      if (!given.empty()) fd = read_value<std::int64_t>(given);
    }
  }
  auto* const descriptor = rule.uses_fd && fd >= 0 ? threads.descriptors(thread).find(fd) : nullptr;
  if (glance.type == code::SYSCALL_WRITE_X && descriptor != nullptr && descriptor->name == mark_device &&
      spans.is_interested(glance.tid, as_text(params[1]))) {
    return false;
  }

  if (begins) {
    remember_enter(enter, rule, glance, Bytes(glance.raw, glance.size), number);
  } else {
    enter.is_used = true;
  }
  thread.last_event_fd = fd;
  thread.last_latency = latency;
  thread.last_access_time = glance.timestamp;
  thread.flags |= thread_flag::active;
  if (thread.is_placeholder) ++statistics.thread_misses;
  if (rule.uses_fd && descriptor == nullptr && fd >= 0) ++statistics.descriptor_misses;
  note_time(glance.timestamp);
  const auto result = params.value<std::int64_t>(0);
  switch (rule.effect) {
    case Effect::transfer:
      if (descriptor != nullptr && result >= 0) note_transfer(*descriptor);
      break;
    case Effect::close_enter:
      if (descriptor != nullptr) descriptor->close_in_progress = true;
      break;
    case Effect::close_exit:
      if (descriptor != nullptr) close_descriptor(thread, *descriptor, result);
      break;
    case Effect::memory:
      tell_memory(thread, params, 1);
      break;
    case Effect::any:
    case Effect::none:
    case Effect::schedule:
      break;
  }
  return true;
}

}  // namespace tracer
