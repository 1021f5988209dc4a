// The open descriptors of a process.
#pragma once
#include "proc_sockets.hpp"

namespace tracer {

void scan_descriptors(const ProcDirectory& process, SocketTables& sockets, ProcBuffers& buffers,
                      DescriptorTable& descriptors);

}  // namespace tracer
