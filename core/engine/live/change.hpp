// What a record changes in its process: what was read of that from /proc later says nothing of the time before.
#pragma once
#include <cstdint>
#include <vector>

#include "../record.hpp"

namespace tracer {

struct Change {
  std::vector<std::int64_t> descriptors;  // opened, closed or connected
  bool directory = false;                 // the working one, or the root
  bool identity = false;                  // user or group
  bool name = false;                      // of the thread
  bool program = false;
  bool begins = false;  // the thread's life
  bool ends = false;
  std::int64_t child = 0;  // began its life

  bool any() const {
    return !descriptors.empty() || directory || identity || name || program || begins || ends || child != 0;
  }
};

Change change_of(const Record& record);

}  // namespace tracer
