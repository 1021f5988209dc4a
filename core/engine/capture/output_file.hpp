// The file a capture is written to, plain or gzip.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "stream.hpp"

namespace tracer {

class OutputFile {
 public:
  // Creates or empties `path`; "-": standard output. Throws std::system_error.
  OutputFile(const std::string& path, bool compress);
  ~OutputFile();
  // Writes whole blocks. Throws std::system_error; a plain file then ends with the last block that went in whole.
  void write(Bytes blocks);
  // Makes what was written readable in full. Throws std::system_error.
  void flush();
  std::uint64_t bytes_written() const { return written_; }

 private:
  struct Deflater;

  void compress(Bytes bytes, bool last);
  // Returns how many bytes went in; fewer than all only with errno set.
  std::size_t write_raw(Bytes bytes);
  [[noreturn]] void fail(int error) const;

  FileHandle file_;
  std::string name_;
  bool is_regular_ = false;
  std::atomic<std::uint64_t> written_ = 0;
  std::unique_ptr<Deflater> deflater_;
};

}  // namespace tracer
