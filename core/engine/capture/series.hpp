// A recording that goes on in another file whenever one has had enough.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "writer.hpp"

namespace tracer {

// When a file has had enough, and how many of them are kept; 0: no limit.
struct SeriesLimits {
  std::uint64_t file_bytes = 0;
  std::uint64_t file_seconds = 0;  // by the time of the events
  std::uint64_t file_events = 0;
  std::uint32_t files = 0;  // the oldest one makes room for the next

  bool none() const { return file_bytes == 0 && file_seconds == 0 && file_events == 0; }
};

// Names the files, in order, as sysdig does: the number of the file behind the path, with zeros in front where sizes
// are limited; or, where seconds are, the path as strftime understands it.
class SeriesNames {
 public:
  SeriesNames(std::string path, SeriesLimits limits) : path_(std::move(path)), limits_(limits) {}
  // Whether names tell the time that their file begins.
  bool tell_time() const { return limits_.file_seconds != 0 && path_.find('%') != std::string::npos; }
  std::string next(std::uint64_t time_s);
  // The file that makes room for the one named last; "" if none has to, or if that one overwrites it.
  const std::string& obsolete() const { return obsolete_; }

 private:
  std::string path_;
  SeriesLimits limits_;
  std::uint32_t index_ = 0;
  std::vector<std::string> kept_;
  std::string obsolete_;
};

class CaptureSeries {
 public:
  // Called with the name of each file before it is created; may throw.
  using BeforeCreating = std::function<void(const std::string&)>;

  CaptureSeries(const std::string& path, bool compress, bool for_old_readers, SeriesLimits limits,
                BeforeCreating before_creating);
  // Creates the first file, unless its name has to wait for the first event. Throws std::system_error, as all that
  // follows.
  void start(const State& state);
  // `state` is that after the event. `hidden`: readers heed the event, but do not show it.
  void write(const Event& event, const State& state, bool hidden);
  // Whether `copy` may be used: files have no limits.
  bool copies_blocks() const { return limits_.none(); }
  // Writes whole blocks of events as they are.
  void copy(Bytes blocks) {
    if (file_) file_->copy(blocks);
  }
  void begin_section(const State& state);
  void flush();
  void close();
  // So far, in all files; see CaptureWriter.
  std::uint64_t bytes_written() const;

 private:
  void open_next(const State& state, std::uint64_t time_s);
  bool has_enough(std::uint64_t time_s) const;

  SeriesNames names_;
  bool compress_;
  bool for_old_readers_;
  SeriesLimits limits_;
  BeforeCreating before_creating_;
  std::unique_ptr<CaptureWriter> file_;
  std::uint64_t file_begin_s_ = 0;
  std::uint64_t file_events_ = 0;
  std::uint64_t bytes_before_ = 0;  // in files that are complete
};

}  // namespace tracer
