// One ring of records that the kernel writes and this process reads, in the layout of BPF ring buffers: a page with the
// reader's position, a page with the writer's, then the data, with as much behind it that no record is ever broken: the
// same data once more, or room for the longest record.
#pragma once
#include <cstdint>

#include "../bytes.hpp"
#include "mapping.hpp"

namespace tracer {

class Ring {
 public:
  // `bytes` is the size of the data, `mapped_bytes` that with what comes behind. Throws std::system_error.
  Ring(int fd, std::size_t bytes, std::size_t mapped_bytes, std::uint16_t cpu);

  std::uint16_t cpu() const { return cpu_; }
  // Where the writer is now; all before it is reserved, if perhaps not complete.
  std::uint64_t produced() const;
  std::uint64_t position() const { return position_; }

  // The record at the reader's position, which is before `end`, skipping discarded ones; empty where there is none
  // or the writer is not done with it.
  Bytes head(std::uint64_t end);
  // Past the record that `head` gave.
  void advance() { position_ = next_; }
  // Back to the first record whose space was not given back.
  void rewind() { position_ = next_ = released_; }
  // Gives the space of all records before the reader's position back.
  void release();
  std::uint64_t unreleased() const { return position_ - released_; }

 private:
  Mapping consumer_;
  Mapping producer_;
  std::uint64_t mask_;
  std::uint64_t mapped_bytes_;
  std::uint64_t position_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t released_ = 0;
  std::uint16_t cpu_;
};

}  // namespace tracer
