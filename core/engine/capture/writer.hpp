// Writes captures that sysdig 0.29.3 and current libs read.
#pragma once
#include <memory>
#include <string>

#include "../state/state.hpp"

namespace tracer {

class CaptureWriter {
 public:
  // Creates `path` ("-": standard output) and writes the section header and the tables of `state` as they are now.
  // `for_old_readers`: also write what `older_events` makes. Throws std::system_error, as all that follows.
  CaptureWriter(const std::string& path, bool compress, bool for_old_readers, const State& state);
  // Closes; an error then has nowhere to go, so call `close` first.
  ~CaptureWriter();
  // Begins a new section, for events that `state`'s tables describe and the ones before do not.
  void begin_section(const State& state);
  // `hidden`: readers heed the event for what it says of threads and descriptors, but do not show it.
  void write(const Event& event, bool hidden = false);
  // Writes blocks of events as they are.
  void copy(Bytes blocks);
  // Makes what was written so far a whole capture.
  void flush();
  void close();
  // So far, what is still in memory included unless it will be compressed.
  std::uint64_t bytes_written() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tracer
