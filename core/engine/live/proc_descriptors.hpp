// The open descriptors of a process.
#pragma once
#include <optional>

#include "open_files.hpp"
#include "proc_sockets.hpp"

namespace tracer {

// What becomes of a socket that came after the tables of sockets were read.
enum class ScanDepth {
  quick,  // it is left out
  exact,  // the tables are read once more
};

void scan_descriptors(const ProcDirectory& process, ScanDepth depth, SocketTables& tables, ProcBuffers& buffers,
                      DescriptorTable& descriptors);

// Those that the iterator found: the same, but that /proc is asked only where the iterator does not know.
void take_descriptors(std::span<const OpenFile> files, const ProcDirectory& process, SocketTables& tables,
                      ProcBuffers& buffers, DescriptorTable& descriptors);

// One of them, with its flags; nothing where it is not there or what it is cannot be told.
std::optional<Descriptor> scan_descriptor(const ProcDirectory& process, ProcBuffers& buffers, std::int64_t fd);

}  // namespace tracer
