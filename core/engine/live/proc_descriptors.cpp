#include "proc_descriptors.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>

#include "../schema.hpp"

namespace tracer {
namespace {

namespace file_flags = flags::file_flags;

// The kernel's flags of open, in the numbering of events.
std::uint32_t open_flags_of(std::uint32_t kernel_flags) {
  struct Pair {
    std::uint32_t kernel, event;
  };
  // From the kernel's uapi headers for x86-64: O_LARGEFILE has no bit in the C library's.
  constexpr std::array pairs = {
      Pair{O_CREAT, file_flags::O_CREAT_},       Pair{O_EXCL, file_flags::O_EXCL_},
      Pair{O_TRUNC, file_flags::O_TRUNC_},       Pair{O_APPEND, file_flags::O_APPEND_},
      Pair{O_NONBLOCK, file_flags::O_NONBLOCK_}, Pair{O_DSYNC, file_flags::O_DSYNC_},
      Pair{O_SYNC, file_flags::O_SYNC_},         Pair{0100000, file_flags::O_LARGEFILE_},
      Pair{O_DIRECT, file_flags::O_DIRECT_},     Pair{O_DIRECTORY, file_flags::O_DIRECTORY_},
      Pair{O_CLOEXEC, file_flags::O_CLOEXEC_},   Pair{O_TMPFILE, file_flags::O_TMPFILE_},
  };
  const auto access = kernel_flags & O_ACCMODE;
  std::uint32_t event_flags = access == O_WRONLY ? file_flags::O_WRONLY_
                              : access == O_RDWR ? file_flags::O_RDWR_
                                                 : file_flags::O_RDONLY_;
  for (const auto& pair : pairs) {
    if ((kernel_flags & pair.kernel) == pair.kernel) event_flags |= pair.event;
  }
  return event_flags;
}

// As the kernel numbers devices towards user space.
std::uint32_t device_number(dev_t device) {
  return (::minor(device) & 0xFF) | (::major(device) << 8) | ((::minor(device) & ~0xFFu) << 12);
}

DescriptorType anonymous_type(std::string_view target) {
  struct Kind {
    std::string_view name;
    DescriptorType type;
  };
  constexpr std::array kinds = {
      Kind{"[eventfd]", DescriptorType::event},       Kind{"[signalfd]", DescriptorType::signalfd},
      Kind{"[eventpoll]", DescriptorType::eventpoll}, Kind{"inotify", DescriptorType::inotify},
      Kind{"[timerfd]", DescriptorType::timerfd},     Kind{"[userfaultfd]", DescriptorType::userfaultfd},
      Kind{"[io_uring]", DescriptorType::io_uring},   Kind{"[pidfd]", DescriptorType::pidfd},
  };
  for (const auto& kind : kinds) {
    if (target == kind.name) return kind.type;
  }
  return target.starts_with("bpf") || target.starts_with("[bpf") ? DescriptorType::bpf : DescriptorType::unsupported;
}

void read_open_flags(const ProcDirectory& info, const char* number, Descriptor& descriptor) {
  auto text = info.read(number);
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.starts_with("flags:"))
      descriptor.open_flags = open_flags_of(number_in<std::uint32_t>(line.substr(6), 0, 8));
    if (line.starts_with("mnt_id:")) descriptor.mount_id = number_in<std::uint32_t>(line.substr(7));
  }
}

// What a descriptor is, by where its link points. An unknown type stands for one that cannot be told.
Descriptor describe(const ProcDirectory& process, const ProcDirectory& links, const ProcDirectory& info,
                    SocketTables& sockets, const char* number) {
  Descriptor descriptor;
  descriptor.type = DescriptorType::unknown;
  constexpr std::string_view socket = "socket:[", pipe = "pipe:[", anonymous = "anon_inode:";
  const auto target = links.link(number);
  if (target.starts_with(socket)) {
    const auto inode = number_in<std::uint64_t>(target.substr(socket.size()));
    const auto& known = sockets.of(process);
    if (const auto at = known.find(inode); at != known.end()) return at->second;
  } else if (target.starts_with(pipe)) {
    descriptor.type = DescriptorType::fifo;
    descriptor.name = target;
    descriptor.inode = number_in<std::uint64_t>(target.substr(pipe.size()));
  } else if (target.starts_with(anonymous)) {
    descriptor.type = anonymous_type(target.substr(anonymous.size()));
  } else if (!target.empty()) {
    descriptor.name = target;
    const bool is_memfd = target.starts_with("/memfd:");
    struct stat status;
    if (::fstatat(links.fd(), number, &status, 0) != 0) return descriptor;
    descriptor.inode = status.st_ino;
    descriptor.device = device_number(status.st_dev);
    if (S_ISFIFO(status.st_mode)) {
      descriptor.type = DescriptorType::fifo;
    } else if (S_ISDIR(status.st_mode)) {
      descriptor.type = DescriptorType::directory;
    } else if (is_memfd) {
      descriptor.type = DescriptorType::memfd;
    } else {
      descriptor.type = DescriptorType::file_v2;
      read_open_flags(info, number, descriptor);
    }
  }
  return descriptor;
}

}  // namespace

std::optional<Descriptor> scan_descriptor(const ProcDirectory& process, ProcBuffers& buffers, std::int64_t fd) {
  const ProcDirectory links(process.fd(), "fd", buffers);
  const ProcDirectory info(process.fd(), "fdinfo", buffers);
  if (!links || !info) return std::nullopt;
  SocketTables sockets(buffers);
  const auto number = std::to_string(fd);
  auto descriptor = describe(process, links, info, sockets, number.c_str());
  if (descriptor.type == DescriptorType::unknown) return std::nullopt;
  if (!descriptor.is_file()) read_open_flags(info, number.c_str(), descriptor);
  return descriptor;
}

void scan_descriptors(const ProcDirectory& process, SocketTables& sockets, ProcBuffers& buffers,
                      DescriptorTable& descriptors) {
  const ProcDirectory links(process.fd(), "fd", buffers);
  if (!links) return;
  const ProcDirectory info(process.fd(), "fdinfo", buffers);
  for (const auto fd : links.numbers()) {
    auto descriptor = describe(process, links, info, sockets, std::to_string(fd).c_str());
    descriptor.may_close_on_exec = !descriptor.is_file();  // their flags were not read
    if (descriptor.type != DescriptorType::unknown) descriptors.set(fd, std::move(descriptor));
  }
}

}  // namespace tracer
