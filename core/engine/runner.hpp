// Prints and writes what a session lets through.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "capture/series.hpp"
#include "output/format.hpp"
#include "session.hpp"

namespace tracer {

// Collects text and hands it to a file descriptor in large pieces.
class TextOutput {
 public:
  // `on_interrupt` is called when a signal interrupts a write that waits for its reader; it may throw.
  TextOutput(int fd, std::function<void()> on_interrupt) : fd_(fd), on_interrupt_(std::move(on_interrupt)) {}
  std::string& buffer() { return buffer_; }
  // True if there was enough to write.
  bool flush_if_large() {
    if (buffer_.size() < large) return false;
    flush();
    return true;
  }
  // Throws std::system_error.
  void flush();

 private:
  void notice_interrupt();

  static constexpr std::size_t large = 64 * 1024;
  int fd_;
  std::function<void()> on_interrupt_;
  std::string buffer_;
};

struct RunOptions {
  const Format* format = nullptr;  // null: no text
  int output_fd = 1;
  CaptureSeries* writer = nullptr;         // null: no capture
  bool keep_state = false;                 // write, hidden, also what changes threads and descriptors but does not pass
  const Filter* display_filter = nullptr;  // of what passes, print only events that match this too; null: all
  bool unbuffered = false;                 // hand over each line at once
  std::uint64_t limit = 0;                 // stop after so many events passed since the session began; 0: none
  std::uint64_t duration_ns = 0;           // stop at the event so long after the first that passed; 0: none
  std::function<void()> on_interrupt;      // see TextOutput
};

// As Session::next, and everything on the way to the event, and the event itself, is written.
Event* next_recorded(Session& session, CaptureSeries& writer, Deadline deadline);

// Works until the deadline, the limit or the end; true while there may be more. What came before an error has been
// printed when it is thrown: FormatError, std::system_error.
bool run(Session& session, const RunOptions& options, Deadline deadline);

}  // namespace tracer
