// One run over a source: state, filter, then whatever the caller wants of the events that pass.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "capture/writer.hpp"
#include "filter/filter.hpp"
#include "output/format.hpp"
#include "source.hpp"
#include "state/state.hpp"

namespace tracer {

struct SessionOptions {
  bool show_internal = false;  // -D: also events that only the engine needs
};

class Session {
 public:
  Session(std::shared_ptr<Source> source, std::shared_ptr<const Filter> filter, SessionOptions options);

  // The next event that passes, or null: then `ended()` tells whether one may still come.
  // Waits at most until `deadline`. Throws FormatError.
  Event* next(std::chrono::steady_clock::time_point deadline);
  bool ended() const { return ended_; }

  State& state() { return state_; }
  FieldContext context() { return {state_, event_, scratch_}; }
  std::uint64_t events_read() const { return number_; }
  const Source& source() const { return *source_; }

 private:
  std::shared_ptr<Source> source_;
  std::shared_ptr<const Filter> filter_;
  SessionOptions options_;
  State state_;
  Event event_;
  Scratch scratch_;
  std::uint64_t number_ = 0;
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace tracer
