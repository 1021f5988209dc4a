// The machine, its interfaces, users and groups.
#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>

#include "proc_directory.hpp"
#include "proc_scan.hpp"

namespace tracer {
namespace {

constexpr std::uint64_t nanoseconds = 1'000'000'000;

std::uint64_t boot_time(const ProcDirectory& proc) {
  auto text = proc.read("stat");
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.starts_with("btime ")) return number_in<std::uint64_t>(line.substr(6)) * nanoseconds;
  }
  return 0;
}

void scan_interfaces(State& state) {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(first, ::freeifaddrs);
  const auto copy_address = [](IpAddress& to, const sockaddr* from) {
    if (!from) return;
    if (from->sa_family == AF_INET) {
      std::memcpy(to.data(), &reinterpret_cast<const sockaddr_in*>(from)->sin_addr, 4);
    } else if (from->sa_family == AF_INET6) {
      std::memcpy(to.data(), &reinterpret_cast<const sockaddr_in6*>(from)->sin6_addr, 16);
    }
  };
  for (const auto* each = first; each; each = each->ifa_next) {
    if (!each->ifa_addr) continue;
    const auto family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    Interface interface;
    interface.is_ipv6 = family == AF_INET6;
    interface.name = each->ifa_name;
    copy_address(interface.address, each->ifa_addr);
    copy_address(interface.netmask, each->ifa_netmask);
    if (each->ifa_flags & IFF_BROADCAST) copy_address(interface.broadcast, each->ifa_broadaddr);
    state.interfaces.push_back(std::move(interface));
  }
}

void scan_users(State& state) {
  ::setpwent();
  while (const auto* entry = ::getpwent()) {
    state.users.try_emplace(entry->pw_uid,
                            User{entry->pw_uid, entry->pw_gid, entry->pw_name, entry->pw_dir, entry->pw_shell});
  }
  ::endpwent();
  ::setgrent();
  while (const auto* entry = ::getgrent()) {
    state.groups.try_emplace(entry->gr_gid, Group{entry->gr_gid, entry->gr_name});
  }
  ::endgrent();
}

}  // namespace

void scan_machine(State& state) {
  ProcBuffers buffers;
  const ProcDirectory proc(AT_FDCWD, "/proc", buffers);
  auto& machine = state.machine;
  machine.cpu_count = static_cast<std::uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN));
  machine.memory_bytes =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::array<char, 256> hostname{};
  if (::gethostname(hostname.data(), hostname.size() - 1) == 0) machine.hostname = hostname.data();
  if (proc) {
    machine.max_pid = number_in<std::uint64_t>(proc.read("sys/kernel/pid_max"));
    machine.boot_time = boot_time(proc);
  }
  scan_interfaces(state);
  scan_users(state);
}

}  // namespace tracer
