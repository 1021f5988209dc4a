// Reads captures: every block type and version, plain or gzip, any number of sections.
#pragma once
#include <memory>
#include <string>

#include "../source.hpp"
#include "scanner.hpp"

namespace tracer {

class CaptureSource : public Source {
 public:
  // "-": standard input. `follow`: at the end, wait for more to be written. Throws std::system_error.
  explicit CaptureSource(const std::string& path, bool follow = false);

  void load_tables(State& state) override;
  Next next(Record& record, int timeout_ms) override;
  std::span<const Glance> ahead() const override { return std::span(stretch_.events).subspan(next_); }
  void pass_by(std::size_t count) override {
    next_ += count;
    records_ += count;
  }
  SourceStatistics statistics() const override { return {records_, 0}; }
  double progress() const override { return has_progress_ ? stretch_.progress : -1; }

 private:
  bool has_block() const { return !stretch_.block.empty(); }
  Fill load_stretch(int timeout_ms);
  Bytes body_of_block() const;

  std::unique_ptr<StretchSource> stretches_;
  bool has_progress_;
  Stretch stretch_;
  std::size_t next_ = 0;  // of the stretch's events
  std::uint64_t records_ = 0;
};

}  // namespace tracer
