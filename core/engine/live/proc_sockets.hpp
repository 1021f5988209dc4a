// The sockets of network namespaces, by inode.
#pragma once
#include <map>
#include <unordered_map>

#include "../state/descriptor.hpp"
#include "proc_directory.hpp"

namespace tracer {

using Sockets = std::unordered_map<std::uint64_t, Descriptor>;

class SocketTables {
 public:
  explicit SocketTables(ProcBuffers& buffers) : buffers_(buffers) {}
  // The sockets of the network namespace that the process lives in, read when first asked for.
  const Sockets& of(const ProcDirectory& process);
  // The same, read once more.
  const Sockets& of_now(const ProcDirectory& process);

 private:
  ProcBuffers& buffers_;
  std::map<std::uint64_t, Sockets> by_namespace_;
};

}  // namespace tracer
