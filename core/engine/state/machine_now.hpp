// What the running machine can be asked where events do not tell it.
#pragma once
#include <cstdint>
#include <optional>

#include "descriptor.hpp"

namespace tracer {

class MachineNow {
 public:
  virtual ~MachineNow() = default;
  // Whether the process has this thread.
  virtual bool has_thread(std::int64_t pid, std::int64_t tid) = 0;
  virtual bool has_descriptor(std::int64_t pid, std::int64_t fd) = 0;
  // What `fd` of the process is; nothing where that cannot be told.
  virtual std::optional<Descriptor> descriptor(std::int64_t pid, std::int64_t fd) = 0;
};

}  // namespace tracer
