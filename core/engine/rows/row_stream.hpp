// Rows of fields of the events that several requests want, each with its own filter, and ticks at their intervals.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "../capture/series.hpp"
#include "../output/format.hpp"
#include "../session.hpp"
#include "ticker.hpp"

namespace tracer {

struct RowRequest {
  std::vector<std::unique_ptr<FieldReader>> fields;
  std::shared_ptr<const Filter> filter;  // null: all
  std::shared_ptr<const Format> format;  // a line of text with each row; null: none
  Ticker ticker;
};

struct RowOptions {
  std::shared_ptr<const Filter> filter;  // what no request gets where it does not pass; null: all pass
  CaptureSeries* writer = nullptr;       // takes what passes `filter`; null: no capture
  std::uint64_t limit = 0;               // end after so many events have passed `filter`; 0: none
  std::uint64_t duration_ns = 0;         // end at the event so long after the first that passed
  bool is_live = false;                  // tick by the clock where no events come
  RenderOptions render;                  // of fields that are rendered parameters
};

// An event that a request gets, or a tick of it.
struct RowTurn {
  std::size_t request = 0;
  std::optional<Tick> tick;
};

// An event of no thread, on no descriptor: what there is to read of it are times.
Event blank_event(std::uint64_t timestamp);

class RowStream {
 public:
  // The session has no filter, and shows internal events.
  RowStream(Session& session, std::vector<std::shared_ptr<RowRequest>> requests, RowOptions options)
      : session_(session), requests_(std::move(requests)), options_(std::move(options)) {}

  // The next turn; nothing if none came before the deadline, or none ever will. Throws FormatError.
  std::optional<RowTurn> next(Deadline deadline);
  // What the turn's fields are read from, until the next call.
  FieldContext context();

  bool ended() const { return ended_; }
  std::uint64_t first_timestamp() const { return session_.state().first_timestamp; }
  std::uint64_t last_timestamp() const { return last_timestamp_; }
  std::uint64_t events_passed() const { return passed_; }
  Session& session() { return session_; }
  std::vector<std::shared_ptr<RowRequest>>& requests() { return requests_; }
  const RenderOptions& render() const { return options_.render; }

 private:
  bool take_event(Deadline deadline);
  bool take_clock();
  std::optional<RowTurn> turn();

  Session& session_;
  std::vector<std::shared_ptr<RowRequest>> requests_;
  RowOptions options_;
  Event* event_ = nullptr;  // whose turns are being given out; null: another one is due
  Event blank_;
  std::size_t request_ = 0;  // of the next turn
  bool passes_ = false;      // the event passes the filter of all
  bool ended_ = false;
  std::uint64_t passed_ = 0;
  std::uint64_t first_passed_ = 0;
  std::uint64_t last_timestamp_ = 0;
  std::uint64_t section_ = 0;
};

}  // namespace tracer
