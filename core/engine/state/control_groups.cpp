#include "control_groups.hpp"

#include <algorithm>

namespace tracer {

// Kernels name some subsystems otherwise than their file systems do.
std::string control_groups(std::string_view list) {
  std::string text;
  while (!list.empty()) {
    const auto entry = list.substr(0, list.find('\0'));
    list.remove_prefix(std::min(entry.size() + 1, list.size()));
    const auto equals = entry.rfind('=');
    if (equals == std::string_view::npos) break;
    std::string subsystem(entry.substr(0, equals));
    constexpr std::string_view suffix = "_cgroup";
    if (const auto at = subsystem.find(suffix); at != std::string::npos) subsystem.erase(at, suffix.size());
    if (subsystem == "perf") subsystem = "perf_event";
    if (subsystem == "mem") subsystem = "memory";
    if (subsystem == "io") subsystem = "blkio";
    text.append(subsystem).append(entry.substr(equals)).push_back('\0');
  }
  return text;
}

}  // namespace tracer
