// Events that nobody looks at: what they leave in the tables, and no more.
#include <cstring>

#include "effects.hpp"
#include "rules.hpp"
#include "state.hpp"

namespace tracer {
namespace {

// The parameters of a record at a glance; those that it does not carry are empty. The record itself, which likely lies
// far from this processor, is only looked at where the glance does not tell.
class GlanceParams {
 public:
  // Only of records with short lengths.
  explicit GlanceParams(const Glance& glance) : glance_(glance) {}
  Bytes operator[](std::size_t index) const {
    if (index >= glance_.param_count) return {};
    const auto* const lengths = glance_.raw + record_header_size;
    const auto length = [lengths](std::size_t i) {
      std::uint16_t value;
      std::memcpy(&value, lengths + sizeof value * i, sizeof value);
      return value;
    };
    std::uint32_t count;
    std::memcpy(&count, glance_.raw + record_v1_header_size, sizeof count);
    const auto* at = lengths + sizeof(std::uint16_t) * count;
    for (std::size_t i = 0; i < index; ++i) at += length(i);
    return {at, length(index)};
  }
  template <typename T>
  T value(std::size_t index) const {
    return read_value<T>((*this)[index]);
  }
  std::int64_t first() const { return glance_.has_first ? glance_.first : value<std::int64_t>(0); }

 private:
  const Glance& glance_;
};

}  // namespace

Thread* State::thread_to_pass_by(const Glance& glance) {
  if (!rule_of(glance.type, glance.is_of_0293).may_be_passed_by) return nullptr;
  if (first_timestamp == 0 || glance.timestamp >= next_held_ || glance.timestamp >= next_purge_) return nullptr;
  if (glance.is_newer && !is_current_) return nullptr;
  if (ended_tid_ != -1 || !ended_fds_.empty()) remove_what_the_last_event_ended();
  return threads.find(glance.tid);
}

bool State::pass_by(const Glance& glance, Thread& thread, std::uint64_t number) {
  if (!glance.has_short_lengths) return false;
  const auto& rule = rule_of(glance.type, glance.is_of_0293);
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
    fd = rule.fd_param < 0 ? -1 : rule.fd_param == 0 ? params.first() : params.value<std::int64_t>(rule.fd_param);
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
  switch (rule.effect) {
    case Effect::transfer:
      if (descriptor != nullptr && params.first() >= 0) note_transfer(*descriptor);
      break;
    case Effect::close_enter:
      if (descriptor != nullptr) descriptor->close_in_progress = true;
      break;
    case Effect::close_exit:
      if (descriptor != nullptr) close_descriptor(thread, *descriptor, params.first());
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
