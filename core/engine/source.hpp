// Where records come from: a capture, kernel rings, or a driver written in Python.
#pragma once
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include "capture/glance.hpp"
#include "record.hpp"

namespace tracer {

class State;

// Bytes that break the format. `offset` counts from the start of the uncompressed stream; the message names it.
class FormatError : public std::runtime_error {
 public:
  FormatError(std::uint64_t at, const std::string& what)
      : std::runtime_error(what + " at byte " + std::to_string(at)), offset(at) {}
  std::uint64_t offset;
};

// What a source could not deliver.
struct SourceStatistics {
  std::uint64_t seen = 0;     // records the source produced or should have
  std::uint64_t dropped = 0;  // of these, lost before they reached the engine
};

enum class Next : std::uint8_t {
  record,   // `record` was filled; it is valid until the next call
  idle,     // nothing now; ask again
  restart,  // a new section began: forget all state; `load_tables` has the new tables
  end,      // no more, ever
};

class Source {
 public:
  virtual ~Source() = default;
  // Puts the tables that the source starts with (machine, users, interfaces, threads, descriptors) into `state`.
  // Throws FormatError.
  virtual void load_tables(State& state) = 0;
  // The next record, waiting at most `timeout_ms` for one. Throws FormatError.
  virtual Next next(Record& record, int timeout_ms) = 0;
  // The records that the next calls of `next` will give, as far as they are there already and their glances are known.
  virtual std::span<const Glance> ahead() const { return {}; }
  // Takes the first `count` of them as given.
  virtual void pass_by(std::size_t) {}
  virtual SourceStatistics statistics() const = 0;
  // How far a source of known length has come, 0 to 1; negative where that cannot be known.
  virtual double progress() const { return -1; }
  // Whether its records are new, of this machine's kernel; otherwise somebody recorded or made them before.
  virtual bool is_recording() const { return false; }
};

}  // namespace tracer
