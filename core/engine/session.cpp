#include "session.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tracer {
namespace {

// Looking at the clock costs more than many an event.
constexpr std::uint64_t events_between_clock_reads = 1024;

// As many as surely fit, with what is known of them.
constexpr std::size_t threads_in_cache = 500;

int milliseconds_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1000));
}

}  // namespace

Session::Session(std::shared_ptr<Source> source, std::shared_ptr<const Filter> filter, bool show_internal)
    : source_(std::move(source)), filter_(std::move(filter)), show_internal_(show_internal) {}

void Session::start() {
  if (section_ > 0) return;
  source_->load_tables(state_);
  section_ = 1;
}

Event* Session::next(Deadline deadline) {
  start();
  ++position_;
  int wait_ms = 0;
  while (!ended_) {
    if (++since_clock_read_ >= events_between_clock_reads) {
      since_clock_read_ = 0;
      if (std::chrono::steady_clock::now() >= deadline) return nullptr;
    }
    if (may_pass_by() && pass_by()) continue;
    const auto got = fetch(wait_ms);
    wait_ms = 0;
    if (got == Next::record) {
      scratch_.reset();
      ++position_;
      const bool counts = !restates_accounts(event_.record.type);
      if (counts) ++number_;
      event_.number = number_;
      state_.apply(event_);
      state_.spans.observe(event_);
      if (!taps_.empty()) call_taps();
      if (!counts || is_before_first()) return &event_;
      if (!passes(event_)) {
        if (left_out_) left_out_(event_);
        continue;
      }
      if (++passed_ == 1) first_passed_ = event_.record.timestamp;
      counts_.add(event_.record);
      return &event_;
    }
    if (got == Next::idle) {
      state_.enter_held(~std::uint64_t{0});  // no record comes any more that is older than the tables
      wait_ms = milliseconds_until(deadline);
      if (wait_ms == 0) return nullptr;
    } else if (got == Next::restart) {
      state_.reset();
      state_.containers.report_to(noticed_);
      source_->load_tables(state_);
      ++section_;
    } else {
      ended_ = true;
    }
  }
  return nullptr;
}

bool Session::may_copy(const Glance& glance) const {
  const bool is_generic = glance.type == code::GENERIC_E || glance.type == code::GENERIC_X;  // counted by call
  return glance.is_in_plain_block && !is_generic;
}

bool Session::pass_by() {
  const auto ahead = source_->ahead();
  const auto count = std::min<std::size_t>(ahead.size(), events_between_clock_reads);
  const bool fetches = state_.threads.size() > threads_in_cache;
  const std::byte* copied_from = nullptr;
  const std::byte* copied_to = nullptr;
  const auto copy = [&] {
    if (copied_from != copied_to) copy_(Bytes(copied_from, copied_to));
  };
  std::size_t passed = 0;
  for (; passed < count; ++passed) {
    if (fetches) fetch_threads(ahead.subspan(passed));
    const auto& glance = ahead[passed];
    auto* const thread = state_.thread_to_pass_by(glance);
    if (thread == nullptr || (filter_ ? !filter_->rejects(glance.type, *thread) : !may_copy(glance))) break;
    if (!state_.pass_by(glance, *thread, number_ + 1)) break;
    ++number_;
    if (filter_) continue;
    if (++passed_ == 1) first_passed_ = glance.timestamp;
    counts_.add(glance.type);
    const auto* const block = glance.raw - plain_block_prefix;
    if (block != copied_to) {
      copy();
      copied_from = block;
    }
    copied_to = block + (plain_block_prefix + glance.size + 3) / 4 * 4 + sizeof(std::uint32_t);
  }
  source_->pass_by(passed);
  since_clock_read_ += passed;
  copy();
  return passed == events_between_clock_reads;
}

void Session::call_taps() {
  if (!is_shown(event_) || event_.record.dump_flags & dump_flag_state_only) return;
  auto fields = context();
  for (std::size_t i = 0; i < taps_.size();) {
    const auto& tap = taps_[i];
    const bool stays = (tap.filter && !tap.filter->matches(fields)) || tap.call(event_);
    if (stays) {
      ++i;
    } else {
      taps_.erase(taps_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

// Where there are many threads, what is known of the next ones is not in the processor's cache.
void Session::fetch_threads(std::span<const Glance> ahead) {
  constexpr std::size_t far = 16, near = 8, next = 4;
  if (ahead.size() <= far) return;
  state_.threads.fetch_entry(ahead[far].tid);
  state_.threads.fetch_thread(ahead[near].tid);
  state_.threads.fetch_descriptors(ahead[next].tid);
}

Next Session::fetch(int timeout_ms) {
  if (held_next_) {
    if (!inbox_.is_empty()) return take_added(*held_next_);
    event_.record = held_;
    return *std::exchange(held_next_, std::nullopt);
  }
  try {
    const auto got = source_->next(event_.record, timeout_ms);
    return inbox_.is_empty() ? got : take_added(got);
  } catch (const FormatError&) {
    ended_ = true;
    throw;
  }
}

// What was added comes before what the source gave: it may say what that is about.
Next Session::take_added(Next got) {
  const auto time = got == Next::record ? (held_next_ ? held_ : event_.record).timestamp : event_.record.timestamp;
  if (!held_next_) {
    if (got == Next::restart || time == 0) return got;
    held_ = event_.record;
    held_next_ = got;
  }
  added_ = inbox_.take();
  std::memcpy(added_.data(), &time, sizeof time);
  event_.record = Record();
  decode_record(added_, false, event_.record);
  return Next::record;
}

std::shared_ptr<NoticedContainers> Session::watch_containers() {
  if (!noticed_) {
    noticed_ = std::make_shared<NoticedContainers>();
    state_.containers.report_to(noticed_);
    state_.find_containers();
  }
  return noticed_;
}

bool Session::add(std::vector<std::byte> record) {
  Record decoded;
  const bool is_record = decode_record(record, false, decoded) == RecordError::none;
  if (!is_record || decoded.type >= event_code_count) throw std::invalid_argument("these bytes are no event record");
  return inbox_.put(std::move(record));
}

bool Session::passes(Event& event) {
  if (event.record.dump_flags & dump_flag_state_only) return false;
  if (!filter_) return true;
  FieldContext fields{state_, event, scratch_};
  return filter_->matches(fields);
}

bool Session::is_shown(const Event& event) const {
  if (restates_accounts(event.record.type) || is_before_first()) return false;
  return show_internal_ || !(event.record.info().categories & category::internal);
}

}  // namespace tracer
