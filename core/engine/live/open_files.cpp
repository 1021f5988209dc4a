#include "open_files.hpp"

#include <linux/bpf.h>
#include <linux/magic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "../bytes.hpp"
#include "../capture/stream.hpp"
#include "../source.hpp"

namespace tracer {
namespace {

constexpr std::size_t read_size = 65536;

// A row of the iterator, but for the path behind it.
struct Row {
  std::uint32_t size;  // with the path
  std::uint32_t pid;
  std::uint32_t fd;
  std::uint32_t flags;
  std::uint32_t device;
  std::uint32_t mount_id;
  std::uint32_t mode;
  std::uint32_t unused;
  std::uint64_t inode;
  std::uint64_t file_system;
};

// Inside the kernel, 20 bits are the minor number.
std::uint32_t device_number(std::uint32_t device) {
  const auto major = device >> 20, minor = device & 0xFFFFF;
  return (minor & 0xFF) | (major << 8) | ((minor & ~0xFFu) << 12);
}

bool shows_own_inodes(std::uint64_t file_system) {
  constexpr std::array<std::uint64_t, 11> known = {
      EXT4_SUPER_MAGIC,    XFS_SUPER_MAGIC,    TMPFS_MAGIC,        RAMFS_MAGIC,   PROC_SUPER_MAGIC, SYSFS_MAGIC,
      CGROUP2_SUPER_MAGIC, CGROUP_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
  };
  return std::find(known.begin(), known.end(), file_system) != known.end();
}

std::vector<std::byte> read_all(int link_fd) {
  bpf_attr attributes{};
  attributes.iter_create.link_fd = static_cast<std::uint32_t>(link_fd);
  const FileHandle file(static_cast<int>(::syscall(SYS_bpf, BPF_ITER_CREATE, &attributes, sizeof attributes)));
  if (!file) throw std::system_error(errno, std::generic_category(), "cannot start the iterator of open files");
  std::vector<std::byte> bytes;
  for (std::size_t size = 0;;) {
    if (bytes.size() < size + read_size) bytes.resize(2 * size + read_size);
    const auto got = ::read(file.get(), bytes.data() + size, read_size);
    if (got > 0) {
      size += static_cast<std::size_t>(got);
    } else if (got == 0) {
      bytes.resize(size);
      return bytes;
    } else if (errno != EAGAIN && errno != EINTR) {  // EAGAIN: the kernel has a pause
      throw std::system_error(errno, std::generic_category(), "cannot read the iterator of open files");
    }
  }
}

}  // namespace

OpenFiles::OpenFiles(int link_fd) {
  const auto bytes = read_all(link_fd);
  for (Bytes rest = bytes; !rest.empty();) {
    const auto at = bytes.size() - rest.size();
    if (rest.size() < sizeof(Row)) throw FormatError(at, "the iterator of open files ends within a row");
    const auto row = read_value<Row>(rest);
    if (row.size < sizeof row || row.size > rest.size())
      throw FormatError(at, "the iterator of open files gives a row of an impossible size");
    const auto text = rest.subspan(sizeof row, row.size - sizeof row);
    const auto* path = reinterpret_cast<const char*>(text.data());
    OpenFile file;
    file.fd = row.fd;
    file.flags = row.flags;
    file.device = device_number(row.device);
    file.mount_id = row.mount_id;
    file.mode = row.mode;
    file.inode = row.inode;
    file.is_as_shown = shows_own_inodes(row.file_system);
    file.path.assign(path, ::strnlen(path, text.size()));
    by_process_[row.pid].push_back(std::move(file));
    rest = rest.subspan(row.size);
  }
}

std::span<const OpenFile> OpenFiles::of(std::int64_t pid) const {
  const auto found = by_process_.find(pid);
  return found == by_process_.end() ? std::span<const OpenFile>() : std::span<const OpenFile>(found->second);
}

}  // namespace tracer
