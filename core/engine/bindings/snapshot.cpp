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

}  // namespace tracer
