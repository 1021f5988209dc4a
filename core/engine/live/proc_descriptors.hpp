// The open descriptors of a process.
#pragma once
#include <optional>

#include "proc_sockets.hpp"

namespace tracer {

void scan_descriptors(const ProcDirectory& process, SocketTables& sockets, ProcBuffers& buffers,
                      DescriptorTable& descriptors);

// One of them, with its flags; nothing where it is not there or what it is cannot be told.
std::optional<Descriptor> scan_descriptor(const ProcDirectory& process, ProcBuffers& buffers, std::int64_t fd);

}  // namespace tracer
