// Copies of threads, descriptors and events that Python may keep after the stream has moved on.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "../session.hpp"

namespace tracer {

// "file", "ipv4", ...; "unknown" for what is none of those that fd.type names.
std::string_view descriptor_type_name(DescriptorType type);

struct ThreadSnapshot {
  std::int64_t tid, pid, ptid, sid, pgid, vtid, vpid;
  std::uint32_t uid, gid;
  std::string comm, exe, exepath, args, env, cwd, root, cgroups, container_id;

  explicit ThreadSnapshot(const Thread& thread, const std::string& working_directory);
  bool is_current(const Thread& thread, const std::string& working_directory) const;
};

struct DescriptorSnapshot {
  std::int64_t fd;
  DescriptorType type;
  std::string name;
  std::uint32_t open_flags;
  std::uint64_t inode;
  std::uint32_t device;

  DescriptorSnapshot(std::int64_t number, const Descriptor& descriptor)
      : fd(number),
        type(descriptor.type),
        name(descriptor.name),
        open_flags(descriptor.open_flags),
        inode(descriptor.inode),
        device(descriptor.device) {}
};

// Hands out the same snapshot for as long as it is still true.
class ThreadSnapshots {
 public:
  std::shared_ptr<const ThreadSnapshot> of(State& state, Thread& thread);

 private:
  static constexpr std::size_t some = 1024;

  std::unordered_map<std::int64_t, std::shared_ptr<const ThreadSnapshot>> latest_;
  std::size_t most_ = some;  // then those of threads that are gone are dropped
};

}  // namespace tracer
