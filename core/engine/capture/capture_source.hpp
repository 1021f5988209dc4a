// Reads captures: every block type and version, plain or gzip, any number of sections.
#pragma once
#include <string>

#include "../source.hpp"
#include "window.hpp"

namespace tracer {

class CaptureSource : public Source {
 public:
  // "-": standard input. `follow`: at the end, wait for more to be written. Throws std::system_error.
  explicit CaptureSource(const std::string& path, bool follow = false);

  void load_tables(State& state) override;
  Next next(Record& record, int timeout_ms) override;
  SourceStatistics statistics() const override { return {records_, 0}; }
  double progress() const override { return window_.progress(); }

 private:
  struct Header {
    std::uint32_t type;
    std::uint32_t total_length;
  };

  Header peek_header();
  Header read_header();
  Bytes read_body(const Header& header);
  void check_section(Bytes body);
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail_cut() const;

  Window window_;
  std::size_t in_use_ = 0;  // bytes of the record given out last
  std::uint64_t records_ = 0;
};

}  // namespace tracer
