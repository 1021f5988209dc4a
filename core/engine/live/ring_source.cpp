#include "ring_source.hpp"

#include <fcntl.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <system_error>
#include <thread>

#include "proc_lookup.hpp"
#include "start_up.hpp"

namespace tracer {
namespace {

constexpr auto never = std::numeric_limits<std::uint64_t>::max();
// The writers wake nobody, since a wake-up costs more than a record: the reader looks again after a pause. The pause
// grows while nothing comes, but is made too while records come: each look at a position takes it from the cache of the
// CPU that writes there, so many records at a time are cheaper, for the traced most of all.
constexpr int longest_pause_ms = 10;
// Rings that are fuller than one of so many parts are read on without a pause.
constexpr std::size_t hurry_fraction = 16;

// As a probe writes it, of no thread.
std::vector<std::byte> drop_record(std::uint64_t timestamp, std::uint64_t lost) {
  constexpr std::uint16_t param_size = sizeof(std::uint32_t);
  std::vector<std::byte> bytes;
  const auto put = [&](auto value) {
    const auto raw = std::as_bytes(std::span(&value, 1));
    bytes.insert(bytes.end(), raw.begin(), raw.end());
  };
  put(timestamp);
  put(std::int64_t{0});
  put(static_cast<std::uint32_t>(record_header_size + sizeof(param_size) + param_size));
  put(std::uint16_t{code::DROP_E});
  put(std::uint32_t{1});
  put(param_size);
  put(static_cast<std::uint32_t>(std::min<std::uint64_t>(lost, std::numeric_limits<std::uint32_t>::max())));
  return bytes;
}

int copy_of(int fd) {
  if (fd < 0) return -1;
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw std::system_error(errno, std::generic_category(), "cannot keep the iterator of open files");
  return copy;
}

}  // namespace

RingSource::RingSource(const RingLayout& layout) : open_files_(copy_of(layout.open_files_fd)), layout_(layout) {
  for (const auto& [fd, cpu] : layout.rings)
    lanes_.push_back({Ring(fd, layout.ring_bytes, layout.mapped_bytes, cpu), 0, 0, {}, 0});
  counters_ = Mapping(layout.counters_fd, layout.counters_stride * layout.counters_cpus, false, 0);
}

void RingSource::load_tables(State& state) {
  state.now = std::make_shared<ProcLookup>();
  const auto now = [this] {
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    constexpr std::uint64_t nanoseconds = 1'000'000'000;
    return static_cast<std::uint64_t>(time.tv_sec) * nanoseconds + static_cast<std::uint64_t>(time.tv_nsec) +
           layout_.clock_offset;
  };
  load_tables_at_start(state, {[this](const auto& look) { look_at_new(look); }, now}, open_files_.get());
  open_files_.reset();
  for (auto& lane : lanes_) lane.ring.rewind();
}

void RingSource::look_at_new(const std::function<void(const Record&)>& look) {
  Record record;
  for (auto& lane : lanes_) {
    const auto end = lane.ring.produced();
    for (auto head = lane.ring.head(end); !head.empty(); head = lane.ring.head(end)) {
      if (decode_record(head, false, record) == RecordError::none && record.type < event_code_count) look(record);
      lane.ring.advance();
    }
  }
}

// All that can be handed out now without breaking the order of any thread's records. A thread that moves to another CPU
// leaves its records complete behind it; so what was there at the first look has all its predecessors there at the
// second. Records are merged from what the second look saw, until one comes up that the first had not seen.
bool RingSource::start_round() {
  for (auto& lane : lanes_) lane.ring.release();
  for (auto& lane : lanes_) lane.first_end = lane.ring.produced();
  for (auto& lane : lanes_) lane.second_end = lane.ring.produced();
  current_ = nullptr;
  bool any = false;
  for (auto& lane : lanes_) {
    load_head(lane);
    any = any || !lane.head.empty();
  }
  return any;
}

void RingSource::load_head(Lane& lane) {
  lane.head = lane.ring.head(lane.second_end);
  lane.timestamp = lane.head.empty() ? never : read_value<std::uint64_t>(lane.head);
}

RingSource::Lane* RingSource::earliest(std::uint64_t& runner_up) {
  Lane* first = nullptr;
  runner_up = never;
  for (auto& lane : lanes_) {
    if (lane.head.empty()) continue;
    if (first == nullptr || lane.timestamp < first->timestamp) {
      if (first != nullptr) runner_up = first->timestamp;
      first = &lane;
    } else {
      runner_up = std::min(runner_up, lane.timestamp);
    }
  }
  return first;
}

// The next record of this round, if there is one.
bool RingSource::take(Record& record) {
  if (current_ != nullptr) {
    current_->ring.advance();
    if (current_->ring.unreleased() > layout_.ring_bytes / 8) current_->ring.release();
    load_head(*current_);
  }
  if (current_ == nullptr || current_->head.empty() || current_->timestamp > current_until_) {
    current_ = earliest(current_until_);
    if (current_ == nullptr) return false;
  }
  if (current_->ring.position() >= current_->first_end) {
    current_ = nullptr;
    return false;
  }
  if (decode_record(current_->head, false, record) != RecordError::none)
    throw FormatError(current_->ring.position(), "a driver's ring buffer holds what is no event record");
  record.cpu = current_->ring.cpu();
  record.dump_flags = 0;
  if (record.type != code::DROP_E) ++delivered_;
  last_timestamp_ = record.timestamp;
  return true;
}

// A CPU whose last records were dropped wrote no record after them that could have told so.
bool RingSource::take_untold_drops(Record& record) {
  while (told_cpus_ < layout_.counters_cpus) {
    const auto cpu = told_cpus_++;
    const auto lost = counter(cpu, 2 + layout_.drop_reasons);
    if (lost == 0) continue;
    own_record_ = drop_record(last_timestamp_, lost);
    if (decode_record(own_record_, false, record) != RecordError::none) continue;
    record.cpu = static_cast<std::uint16_t>(cpu);
    record.dump_flags = 0;
    return true;
  }
  return false;
}

Next RingSource::next(Record& record, int timeout_ms) {
  using Clock = std::chrono::steady_clock;
  if (take(record)) return Next::record;
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  if (is_flowing_ && !stopped_ && most_waiting() < layout_.ring_bytes / hurry_fraction)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  is_flowing_ = false;
  for (;;) {
    const bool was_stopped = stopped_;
    if (start_round() && take(record)) {
      pause_ms_ = 0;
      is_flowing_ = true;
      return Next::record;
    }
    if (was_stopped && most_waiting() == 0) return take_untold_drops(record) ? Next::record : Next::end;
    const auto left = deadline - Clock::now();
    if (left <= left.zero()) return Next::idle;
    pause_ms_ = std::min(pause_ms_ + 1, longest_pause_ms);
    std::this_thread::sleep_for(std::min<Clock::duration>(left, std::chrono::milliseconds(pause_ms_)));
  }
}

// Bytes in the fullest ring that were not looked at.
std::uint64_t RingSource::most_waiting() const {
  std::uint64_t most = 0;
  for (const auto& lane : lanes_) most = std::max(most, lane.ring.produced() - lane.ring.position());
  return most;
}

SourceStatistics RingSource::statistics() const {
  SourceStatistics total;
  for (std::size_t cpu = 0; cpu < layout_.counters_cpus; ++cpu) {
    total.seen += counter(cpu, 0);
    for (std::size_t reason = 0; reason < layout_.drop_reasons; ++reason) total.dropped += counter(cpu, 2 + reason);
  }
  return total;
}

std::uint64_t RingSource::counter(std::size_t cpu, std::size_t index) const {
  const auto words = Bytes(counters_.data() + cpu * layout_.counters_stride, layout_.counters_stride);
  return read_value<std::uint64_t>(words.subspan(index * sizeof(std::uint64_t), sizeof(std::uint64_t)));
}

}  // namespace tracer
