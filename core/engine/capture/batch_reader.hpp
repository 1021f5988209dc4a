// Reads a capture as batches of records, for drivers written in Python.
#pragma once
#include <exception>
#include <memory>
#include <vector>

#include "capture_source.hpp"

namespace tracer {

class BatchReader {
 public:
  explicit BatchReader(std::shared_ptr<CaptureSource> source) : source_(std::move(source)) {}

  // The tables of the section that the last batch is of, as metadata blocks; at first, of the first one. Throws
  // FormatError.
  std::vector<std::byte> table_blocks();
  // Appends records, each after its u16 CPU and u32 flags, until `batch` has `max_bytes` or more, until the source
  // gives nothing for `timeout_ms`, or until the section ends. False: there is no more. Throws FormatError, once
  // all records before the bad place were given.
  bool read(std::vector<std::byte>& batch, std::size_t max_bytes, int timeout_ms);
  // Counts sections from 1; 0 before the first call of the others.
  std::uint64_t section() const { return section_; }

 private:
  void load();

  std::shared_ptr<CaptureSource> source_;
  std::unique_ptr<State> state_;
  Record record_;
  std::uint64_t section_ = 0;
  bool at_section_start_ = true;
  std::exception_ptr error_;
};

}  // namespace tracer
