// When the intervals of whoever wants to be told so end, by the times of events.
#pragma once
#include <cstdint>
#include <optional>

namespace tracer {

struct Tick {
  std::uint64_t time = 0;  // nanoseconds since the epoch
  std::int64_t delta = 0;  // nanoseconds since the tick before; 0 at the first
};

class Ticker {
 public:
  // A tick at the first event of each interval; intervals begin at whole multiples of their length.
  void set_aligned(std::uint64_t interval) { set(interval, false); }
  // Ticks at exact distances from the first event, as many as fit in before an event.
  void set_exact(std::uint64_t interval) { set(interval, true); }
  bool is_set() const { return interval_ != 0; }

  // The next tick that is due at `now`; call until there is none.
  std::optional<Tick> take(std::uint64_t now) {
    if (!started_) {
      started_ = true;
      sample_ = is_exact_ ? now : begin_of(now);
      return std::nullopt;
    }
    if (interval_ == 0) return std::nullopt;
    return is_exact_ ? take_exact(now) : take_aligned(now);
  }

 private:
  void set(std::uint64_t interval, bool is_exact) {
    interval_ = interval;
    is_exact_ = is_exact;
  }
  std::uint64_t begin_of(std::uint64_t time) const { return interval_ == 0 ? 0 : time - time % interval_; }

  std::optional<Tick> take_aligned(std::uint64_t now) {
    if (begin_of(now) == sample_ || now == last_) return std::nullopt;
    const Tick tick{now, last_ == 0 ? 0 : static_cast<std::int64_t>(now - last_)};
    sample_ = begin_of(now);
    last_ = now;
    return tick;
  }
  std::optional<Tick> take_exact(std::uint64_t now) {
    if (now < sample_ || now - sample_ < interval_) return std::nullopt;
    const Tick tick{sample_, static_cast<std::int64_t>(interval_)};
    sample_ += interval_;
    return tick;
  }

  std::uint64_t interval_ = 0;  // nanoseconds; 0: no ticks
  bool is_exact_ = false;
  bool started_ = false;
  std::uint64_t sample_ = 0;  // begin of the interval that is under way
  std::uint64_t last_ = 0;    // time of the last aligned tick
};

}  // namespace tracer
