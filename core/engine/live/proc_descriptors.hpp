// The open descriptors of a process.
#pragma once
#include <optional>

#include "open_files.hpp"
#include "proc_sockets.hpp"

namespace tracer {

// How much is asked of /proc.
enum class ScanDepth {
  quick,  // whether pipes, sockets and the like close on exec remains open
  exact,  // nothing is left out, and sockets are looked for that came after the tables were read
};

void scan_descriptors(const ProcDirectory& process, ScanDepth depth, SocketTables& tables, ProcBuffers& buffers,
                      DescriptorTable& descriptors);

// Those that the iterator found: the same, but that /proc is asked only where the iterator does not know.
void take_descriptors(std::span<const OpenFile> files, const ProcDirectory& process, SocketTables& tables,
                      ProcBuffers& buffers, DescriptorTable& descriptors);

// One of them, with its flags; nothing where it is not there or what it is cannot be told.
std::optional<Descriptor> scan_descriptor(const ProcDirectory& process, ProcBuffers& buffers, std::int64_t fd);

}  // namespace tracer
