#include "proc_descriptors.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
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

void read_open_flags(const ProcDirectory& process, const std::string& number, Descriptor& descriptor) {
  auto text = process.read(("fdinfo/" + number).c_str());
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.starts_with("flags:"))
      descriptor.open_flags = open_flags_of(number_in<std::uint32_t>(line.substr(6), 0, 8));
    if (line.starts_with("mnt_id:")) descriptor.mount_id = number_in<std::uint32_t>(line.substr(7));
  }
}

// The sockets of the namespace of a process, looked for only if it has any.
class SocketsOfProcess {
 public:
  SocketsOfProcess(const ProcDirectory& process, ScanDepth depth, SocketTables& tables)
      : process_(process), tables_(tables), may_read_again_(depth == ScanDepth::exact) {}

  // Null if none has this inode.
  const Descriptor* find(std::uint64_t inode) {
    if (sockets_ == nullptr) sockets_ = &tables_.of(process_);
    auto at = sockets_->find(inode);
    if (at == sockets_->end() && may_read_again_) {
      may_read_again_ = false;
      sockets_ = &tables_.of_now(process_);
      at = sockets_->find(inode);
    }
    return at == sockets_->end() ? nullptr : &at->second;
  }

 private:
  const ProcDirectory& process_;
  SocketTables& tables_;
  bool may_read_again_;
  const Sockets* sockets_ = nullptr;
};

// What a descriptor is, by where its link points. An unknown type stands for one that cannot be told, unless it has a
// name: that is the path of a file.
Descriptor by_target(std::string_view target, SocketsOfProcess& sockets) {
  Descriptor descriptor;
  descriptor.type = DescriptorType::unknown;
  constexpr std::string_view socket = "socket:[", pipe = "pipe:[", anonymous = "anon_inode:";
  if (target.starts_with(socket)) {
    const auto inode = number_in<std::uint64_t>(target.substr(socket.size()));
    if (const auto* const known = sockets.find(inode)) return *known;
  } else if (target.starts_with(pipe)) {
    descriptor.type = DescriptorType::fifo;
    descriptor.name = target;
    descriptor.inode = number_in<std::uint64_t>(target.substr(pipe.size()));
  } else if (target.starts_with(anonymous)) {
    descriptor.type = anonymous_type(target.substr(anonymous.size()));
  } else {
    descriptor.name = target;
  }
  return descriptor;
}

bool is_path(const Descriptor& descriptor) {
  return descriptor.type == DescriptorType::unknown && !descriptor.name.empty();
}

DescriptorType type_of_file(std::string_view path, mode_t mode) {
  if (S_ISFIFO(mode)) return DescriptorType::fifo;
  if (S_ISDIR(mode)) return DescriptorType::directory;
  return path.starts_with("/memfd:") ? DescriptorType::memfd : DescriptorType::file_v2;
}

Descriptor describe(const ProcDirectory& process, const ProcDirectory& links, SocketsOfProcess& sockets,
                    const std::string& number) {
  // The target is not kept while sockets are looked up.
  auto descriptor = by_target(std::string(links.link(number.c_str())), sockets);
  struct stat status;
  if (is_path(descriptor) && ::fstatat(links.fd(), number.c_str(), &status, 0) == 0) {
    descriptor.inode = status.st_ino;
    descriptor.device = device_number(status.st_dev);
    descriptor.type = type_of_file(descriptor.name, status.st_mode);
  }
  read_open_flags(process, number, descriptor);
  return descriptor;
}

Descriptor describe(const OpenFile& file, SocketsOfProcess& sockets) {
  auto descriptor = by_target(file.path, sockets);
  descriptor.open_flags = open_flags_of(file.flags);
  descriptor.mount_id = file.mount_id;
  if (!is_path(descriptor)) return descriptor;
  descriptor.inode = file.inode;
  descriptor.device = file.device;
  descriptor.type = type_of_file(descriptor.name, file.mode);
  return descriptor;
}

void add(DescriptorTable& descriptors, std::int64_t fd, Descriptor descriptor) {
  if (descriptor.type != DescriptorType::unknown) descriptors.set(fd, std::move(descriptor));
}

}  // namespace

std::optional<Descriptor> scan_descriptor(const ProcDirectory& process, ProcBuffers& buffers, std::int64_t fd) {
  const ProcDirectory links(process.fd(), "fd", buffers);
  if (!links) return std::nullopt;
  SocketTables tables(buffers);
  SocketsOfProcess sockets(process, ScanDepth::quick, tables);
  auto descriptor = describe(process, links, sockets, std::to_string(fd));
  if (descriptor.type == DescriptorType::unknown) return std::nullopt;
  return descriptor;
}

void scan_descriptors(const ProcDirectory& process, ScanDepth depth, SocketTables& tables, ProcBuffers& buffers,
                      DescriptorTable& descriptors) {
  const ProcDirectory links(process.fd(), "fd", buffers);
  if (!links) return;
  SocketsOfProcess sockets(process, depth, tables);
  for (const auto fd : links.numbers()) add(descriptors, fd, describe(process, links, sockets, std::to_string(fd)));
}

void take_descriptors(std::span<const OpenFile> files, const ProcDirectory& process, SocketTables& tables,
                      ProcBuffers& buffers, DescriptorTable& descriptors) {
  SocketsOfProcess sockets(process, ScanDepth::quick, tables);
  std::optional<ProcDirectory> links;
  for (const auto& file : files) {
    constexpr std::string_view no_file[] = {"socket:[", "pipe:[", "anon_inode:"};
    const bool is_known =
        file.is_as_shown || std::any_of(std::begin(no_file), std::end(no_file),
                                        [&](const auto& kind) { return file.path.starts_with(kind); });
    if (is_known && !file.path.empty()) {
      add(descriptors, file.fd, describe(file, sockets));
      continue;
    }
    if (!links) links.emplace(process.fd(), "fd", buffers);
    if (*links) {
      add(descriptors, file.fd, describe(process, *links, sockets, std::to_string(file.fd)));
    }
  }
}

}  // namespace tracer
