// The open files of all processes at once, by a BPF iterator.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tracer {

// What drivers/ebpf/open_files.bpf.c says of a descriptor.
struct OpenFile {
  std::int64_t fd = -1;
  std::uint32_t flags = 0;   // of open(2), by the kernel's numbers
  std::uint32_t device = 0;  // as the kernel numbers devices towards user space
  std::uint32_t mount_id = 0;
  std::uint32_t mode = 0;
  std::uint64_t inode = 0;
  // Whether stat(2) says the same of device and inode: some file systems show others than the kernel goes by.
  bool is_as_shown = false;
  std::string path;  // as its link under /proc reads; empty where that cannot be told
};

class OpenFiles {
 public:
  // Has the kernel go through all processes. `link_fd` is the attached iterator. Throws std::system_error, FormatError.
  explicit OpenFiles(int link_fd);
  std::span<const OpenFile> of(std::int64_t pid) const;

 private:
  std::unordered_map<std::int64_t, std::vector<OpenFile>> by_process_;
};

}  // namespace tracer
