#include "proc_lookup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "proc_descriptors.hpp"

namespace tracer {
namespace {

bool exists(std::int64_t pid, std::string_view directory, std::int64_t number) {
  const auto path = "/proc/" + std::to_string(pid) + "/" + std::string(directory) + "/" + std::to_string(number);
  return ::faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace

bool ProcLookup::has_thread(std::int64_t pid, std::int64_t tid) { return exists(pid, "task", tid); }

bool ProcLookup::has_descriptor(std::int64_t pid, std::int64_t fd) { return exists(pid, "fd", fd); }

std::optional<Descriptor> ProcLookup::descriptor(std::int64_t pid, std::int64_t fd) {
  ProcBuffers buffers;
  const ProcDirectory process(AT_FDCWD, ("/proc/" + std::to_string(pid)).c_str(), buffers);
  if (!process) return std::nullopt;
  return scan_descriptor(process, buffers, fd);
}

}  // namespace tracer
