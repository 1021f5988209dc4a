// Asks /proc for what events do not tell.
#pragma once
#include "../state/machine_now.hpp"

namespace tracer {

class ProcLookup final : public MachineNow {
 public:
  bool has_thread(std::int64_t pid, std::int64_t tid) override;
  bool has_descriptor(std::int64_t pid, std::int64_t fd) override;
  std::optional<Descriptor> descriptor(std::int64_t pid, std::int64_t fd) override;
};

}  // namespace tracer
