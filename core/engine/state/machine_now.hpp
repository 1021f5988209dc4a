// What the running machine can be asked where events do not tell it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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
  // The function that an address of code is in, with the distance from its start; of the kernel, and of a process that
  // executes `program`.
  virtual std::string kernel_symbol(std::uint64_t address) = 0;
  virtual std::string user_symbol(std::int64_t pid, std::string_view program, std::uint64_t address) = 0;
};

}  // namespace tracer
