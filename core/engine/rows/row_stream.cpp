#include "row_stream.hpp"

namespace tracer {
namespace {

// How late events may be delivered: the clock ticks so much behind.
constexpr std::uint64_t lateness_ns = 200'000'000;

std::uint64_t clock_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
}

}  // namespace

Event blank_event(std::uint64_t timestamp) {
  Event event;
  event.record.timestamp = timestamp;
  event.record.type = code::SYSCALL_READ_X;
  return event;
}

std::optional<RowTurn> RowStream::next(Deadline deadline) {
  bool clock_was_read = false;
  while (!ended_) {
    if (event_ == nullptr && !take_event(deadline)) {
      if (clock_was_read || !take_clock()) return std::nullopt;
      clock_was_read = true;
    }
    if (event_ == nullptr) continue;
    if (auto next = turn()) return next;
    event_ = nullptr;
    if (options_.limit != 0 && passed_ >= options_.limit) ended_ = true;
  }
  return std::nullopt;
}

FieldContext RowStream::context() {
  auto context = session_.context();
  if (event_ == &blank_) return {context.state, blank_, context.scratch, &options_.render};
  context.render = &options_.render;
  return context;
}

// False if none came. One that nobody gets to see leaves `event_` null.
bool RowStream::take_event(Deadline deadline) {
  auto* const event = session_.next(deadline);
  if (event == nullptr) {
    ended_ = session_.ended();
    return false;
  }
  if (!session_.is_shown(*event)) {
    if (options_.writer != nullptr) options_.writer->write(*event, session_.state(), false);
    return true;
  }
  last_timestamp_ = event->record.timestamp;
  auto fields = session_.context();
  passes_ = !options_.filter || options_.filter->matches(fields);
  if (passes_) {
    if (passed_ == 0) first_passed_ = last_timestamp_;
    if (options_.duration_ns != 0 && last_timestamp_ >= first_passed_ + options_.duration_ns) {
      ended_ = true;
      return true;
    }
    ++passed_;
    if (options_.writer != nullptr) {
      if (section_ != 0 && session_.section() != section_) options_.writer->begin_section(session_.state());
      section_ = session_.section();
      options_.writer->write(*event, session_.state(), false);
    }
  }
  event_ = event;
  request_ = 0;
  return true;
}

// Where nothing comes while there is somebody who waits for a tick.
bool RowStream::take_clock() {
  if (!options_.is_live || ended_ || last_timestamp_ == 0) return false;
  const auto now = clock_ns() - lateness_ns;
  if (now <= last_timestamp_) return false;
  blank_ = blank_event(now);
  event_ = &blank_;
  passes_ = false;
  request_ = 0;
  return true;
}

std::optional<RowTurn> RowStream::turn() {
  for (; request_ < requests_.size(); ++request_) {
    auto& request = *requests_[request_];
    if (auto tick = request.ticker.take(event_->record.timestamp)) return RowTurn{request_, tick};
    if (!passes_) continue;
    auto fields = context();
    if (!request.filter || request.filter->matches(fields)) return RowTurn{request_++, std::nullopt};
  }
  return std::nullopt;
}

}  // namespace tracer
