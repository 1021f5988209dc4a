// One run over a source: state, filter, then whatever the caller wants of the events that pass.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "event_counts.hpp"
#include "filter/filter.hpp"
#include "inbox.hpp"
#include "source.hpp"
#include "state/state.hpp"

namespace tracer {

using Deadline = std::chrono::steady_clock::time_point;

class Session {
 public:
  // `filter` may be null: everything passes.
  Session(std::shared_ptr<Source> source, std::shared_ptr<const Filter> filter, bool show_internal);

  // Loads the source's tables if that has not happened yet. Throws FormatError.
  void start();
  // The next event that passes the filter, shown or not, or that belongs to the tables, which a capture keeps whatever
  // the filter says; null when none came before the deadline or none ever
  // will. The event stays as it is until the next call. Throws FormatError, once: the session has ended then.
  Event* next(Deadline deadline);
  bool ended() const { return ended_; }
  // Called with each event that does not pass; empty: none is.
  void set_left_out(std::function<void(const Event&)> left_out) { left_out_ = std::move(left_out); }
  // Has `call` called with each event for the user's eyes that `filter` (null: all) lets through, whatever passes,
  // until it returns false.
  void add_tap(std::shared_ptr<const Filter> filter, std::function<bool(Event&)> call) {
    taps_.push_back({std::move(filter), std::move(call)});
  }
  void remove_taps() { taps_.clear(); }
  // Called with the blocks of events that `next` does not give, since all there is to do is to copy them: one call for
  // those that lie next to each other. Only of sessions without a filter. Empty: `next` gives every event.
  void set_copy(std::function<void(Bytes)> copy) { copy_ = std::move(copy); }
  // When the first event that passed happened, in nanoseconds since the epoch; 0: none has.
  std::uint64_t first_passed() const { return first_passed_; }

  // Whether an event is for the user's eyes: internal ones and those that restate accounts are not.
  bool is_shown(const Event& event) const;

  State& state() { return state_; }
  FieldContext context() { return {state_, event_, scratch_}; }
  // Counts the events that the session was at, whether they passed or not.
  std::uint64_t position() const { return position_; }
  std::uint64_t events_read() const { return number_; }
  std::uint64_t events_passed() const { return passed_; }
  // Of the events that passed.
  const EventCounts& counts() const { return counts_; }
  // How many sections the source began so far: a writer starts a new one with it.
  std::uint64_t section() const { return section_; }
  Source& source() { return *source_; }
  // Adds a v2 record before the source's next one, with that one's time; false where too many wait already. From any
  // thread. Throws std::invalid_argument for what is no record.
  bool add(std::vector<std::byte> record);
  // The containers that threads are in, those that are known by now first. For another thread to take from.
  std::shared_ptr<NoticedContainers> watch_containers();

 private:
  bool passes(Event& event);
  bool may_pass_by() const {
    return taps_.empty() && (filter_ ? !left_out_ : bool(copy_)) && !held_next_ && inbox_.is_empty();
  }
  void fetch_threads(std::span<const Glance> ahead);
  bool may_copy(const Glance& glance) const;
  // Takes in events that the filter rejects at first glance, up to one that has to be looked at. True: there may be
  // more of them.
  bool pass_by();
  // Containers that a capture tells of before its first event belong to its tables.
  bool is_before_first() const { return state_.first_timestamp == 0; }
  void call_taps();
  Next fetch(int timeout_ms);
  Next take_added(Next got);

  struct Tap {
    std::shared_ptr<const Filter> filter;
    std::function<bool(Event&)> call;
  };

  std::shared_ptr<Source> source_;
  std::shared_ptr<const Filter> filter_;
  bool show_internal_;
  State state_;
  Inbox inbox_;
  std::vector<std::byte> added_;                // the record that was taken from the inbox last
  Record held_;                                 // what the source gave meanwhile
  std::optional<Next> held_next_;               // nothing: nothing is held
  std::shared_ptr<NoticedContainers> noticed_;  // null: nobody wants to know
  Event event_;
  Scratch scratch_;
  std::uint64_t number_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t passed_ = 0;
  std::uint64_t first_passed_ = 0;
  std::function<void(const Event&)> left_out_;
  std::vector<Tap> taps_;
  std::function<void(Bytes)> copy_;
  EventCounts counts_;
  std::uint64_t section_ = 0;
  std::uint64_t since_clock_read_ = 0;  // records
  bool ended_ = false;
};

}  // namespace tracer
