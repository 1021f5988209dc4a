// Writes captures that sysdig 0.29.3 and current libs read.
#pragma once
#include <memory>
#include <string>

#include "../state/state.hpp"

namespace tracer {

class CaptureWriter {
 public:
  // Creates `path` ("-": standard output) and writes the section header and the tables of `state` as they are now.
  // Throws std::runtime_error with a message for the user.
  CaptureWriter(const std::string& path, bool compress, const State& state);
  ~CaptureWriter();
  void write(const Event& event);
  // Starts a new section of the same file with the tables of `state` as they are now.
  void begin_section(const State& state);
  void flush();
  void close();
  std::uint64_t bytes_written() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tracer
