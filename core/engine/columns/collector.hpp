// Fills columns with what a session lets through, batch by batch.
#pragma once
#include <exception>
#include <optional>

#include "../session.hpp"
#include "columns.hpp"

namespace tracer {

class Collector {
 public:
  // `limit`: rows after which there are no more; 0: none. Throws std::invalid_argument for what is no field.
  Collector(std::span<const std::string> fields, std::uint64_t limit) : columns_(fields), limit_(limit) {}

  // The next batch: when it is full, when its first row waited for a second, or at the end. Nothing if none is ready
  // at the deadline. What ends the session early is thrown after the rows before it were given out.
  std::optional<HeldArray> next(Session& session, Deadline deadline);
  // Takes no more events: the next batch, if there are rows for one, is the last.
  void finish() { finishing_ = true; }
  // No more batches will come.
  bool ended() const { return ended_; }
  HeldSchema schema() const { return columns_.schema(); }

 private:
  void collect(Session& session, Deadline deadline);
  bool is_at_limit() const { return limit_ != 0 && given_ + columns_.rows() >= limit_; }

  Columns columns_;
  std::uint64_t limit_;
  std::uint64_t given_ = 0;  // rows
  std::optional<Deadline> due_;
  std::exception_ptr failure_;
  bool finishing_ = false;
  bool ended_ = false;
};

}  // namespace tracer
