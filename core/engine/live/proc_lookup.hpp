// Asks /proc for what events do not tell.
#pragma once
#include "../state/machine_now.hpp"
#include "symbols.hpp"

namespace tracer {

class ProcLookup final : public MachineNow {
 public:
  bool has_thread(std::int64_t pid, std::int64_t tid) override;
  bool has_descriptor(std::int64_t pid, std::int64_t fd) override;
  std::optional<Descriptor> descriptor(std::int64_t pid, std::int64_t fd) override;
  std::string kernel_symbol(std::uint64_t address) override { return symbols_.kernel(address); }
  std::string user_symbol(std::int64_t pid, std::string_view program, std::uint64_t address) override {
    return symbols_.user(pid, program, address);
  }

 private:
  Symbols symbols_;
};

}  // namespace tracer
