#include "snapshot.hpp"

namespace tracer {

ThreadSnapshot::ThreadSnapshot(const Thread& thread, const std::string& working_directory)
    : tid(thread.tid),
      pid(thread.pid),
      ptid(thread.ptid),
      sid(thread.sid),
      pgid(thread.pgid),
      vtid(thread.vtid),
      vpid(thread.vpid),
      uid(thread.uid),
      gid(thread.gid),
      comm(thread.comm),
      exe(thread.exe),
      exepath(thread.exepath),
      args(thread.args),
      env(thread.env),
      cwd(working_directory),
      root(thread.root),
      cgroups(thread.cgroups),
      container_id(thread.container_id) {}

bool ThreadSnapshot::is_current(const Thread& thread, const std::string& working_directory) const {
  return tid == thread.tid && pid == thread.pid && ptid == thread.ptid && sid == thread.sid && pgid == thread.pgid &&
         vtid == thread.vtid && vpid == thread.vpid && uid == thread.uid && gid == thread.gid && comm == thread.comm &&
         exe == thread.exe && exepath == thread.exepath && args == thread.args && env == thread.env &&
         cwd == working_directory && root == thread.root && cgroups == thread.cgroups &&
         container_id == thread.container_id;
}

std::shared_ptr<const ThreadSnapshot> ThreadSnapshots::of(State& state, Thread& thread) {
  const auto& working_directory = state.threads.working_directory(thread);
  if (latest_.size() > most_) {
    std::erase_if(latest_, [&](const auto& entry) { return state.threads.find(entry.first) == nullptr; });
    most_ = 2 * latest_.size() + some;
  }
  auto& latest = latest_[thread.tid];
  if (!latest || !latest->is_current(thread, working_directory)) {
    latest = std::make_shared<const ThreadSnapshot>(thread, working_directory);
  }
  return latest;
}

std::string_view descriptor_type_name(DescriptorType type) {
  switch (type) {
    case DescriptorType::file:
    case DescriptorType::file_v2:
      return "file";
    case DescriptorType::directory:
      return "directory";
    case DescriptorType::ipv4_socket:
    case DescriptorType::ipv4_server_socket:
      return "ipv4";
    case DescriptorType::ipv6_socket:
    case DescriptorType::ipv6_server_socket:
      return "ipv6";
    case DescriptorType::fifo:
      return "pipe";
    case DescriptorType::unix_socket:
      return "unix";
    case DescriptorType::event:
      return "event";
    case DescriptorType::signalfd:
      return "signalfd";
    case DescriptorType::eventpoll:
      return "eventpoll";
    case DescriptorType::inotify:
      return "inotify";
    case DescriptorType::timerfd:
      return "timerfd";
    case DescriptorType::netlink:
      return "netlink";
    case DescriptorType::bpf:
      return "bpf";
    case DescriptorType::userfaultfd:
      return "userfaultfd";
    case DescriptorType::io_uring:
      return "io_uring";
    case DescriptorType::memfd:
      return "memfd";
    case DescriptorType::pidfd:
      return "pidfd";
    default:
      return "unknown";
  }
}

}  // namespace tracer
