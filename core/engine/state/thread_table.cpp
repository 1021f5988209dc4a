#include "state.hpp"

namespace tracer {

namespace clone_flags = flags::clone_flags;

Thread* ThreadTable::look_up(std::int64_t tid) {
  const auto at = table_.find(tid);
  if (at == table_.end()) return nullptr;
  return recent_[slot_of(tid)] = at->second.get();
}

Thread& ThreadTable::add(Thread thread) {
  auto added = std::make_unique<Thread>(std::move(thread));
  erase(added->tid);
  if (full()) {
    spare_ = std::move(added);
    return *spare_;
  }
  inherited_descriptors_ += added->inherited_descriptors;
  added->group = added->pid;
  ++groups_[added->group];
  return *table_.emplace(added->tid, std::move(added)).first->second;
}

Thread* ThreadTable::find_or_placeholder(std::int64_t tid) {
  if (auto* known = find(tid)) return known;
  if (full()) return nullptr;
  Thread placeholder;
  placeholder.tid = tid;
  placeholder.pid = tid;
  placeholder.comm = "<NA>";
  placeholder.exe = "<NA>";
  placeholder.is_placeholder = true;
  placeholder.flags = clone_flags::NAME_CHANGED_;
  if (const auto group = groups_.find(tid); group != groups_.end()) placeholder.children = group->second;
  return &add(std::move(placeholder));
}

void ThreadTable::erase(std::int64_t tid) {
  const auto at = table_.find(tid);
  if (at == table_.end()) return;
  const auto group = groups_.find(at->second->group);
  if (--group->second == 0) groups_.erase(group);
  inherited_descriptors_ -= at->second->inherited_descriptors;
  if (auto& recent = recent_[slot_of(tid)]; recent == at->second.get()) recent = nullptr;
  table_.erase(at);
  ++generation_;
}

void ThreadTable::remove(std::int64_t tid, bool force) {
  auto* thread = find(tid);
  if (thread == nullptr || (thread->children > 0 && !force)) return;
  if (thread->flags & clone_flags::CLONE_THREAD_) {
    if (auto* leader = find(thread->pid); leader != nullptr && leader->children > 0) --leader->children;
  }
  erase(tid);
}

void ThreadTable::clear() {
  table_.clear();
  groups_.clear();
  inherited_descriptors_ = 0;
  recent_ = {};
  ++generation_;
}

Thread& ThreadTable::main_thread(Thread& thread) {
  if (thread.leader != nullptr && thread.leader_generation == generation_) return *thread.leader;
  if (thread.is_main()) return thread;
  auto* leader = find_or_placeholder(thread.pid);
  if (leader == nullptr) return thread;
  thread.leader = leader;
  thread.leader_generation = generation_;
  return *leader;
}

DescriptorTable& ThreadTable::descriptors(Thread& thread) {
  return thread.flags & clone_flags::CLONE_FILES_ ? *main_thread(thread).descriptors : *thread.descriptors;
}

void ThreadTable::count_child(Thread& thread) {
  if (!(thread.flags & clone_flags::CLONE_THREAD_)) return;
  if (auto* leader = find_or_placeholder(thread.pid)) ++leader->children;
}

void ThreadTable::count_children() {
  std::vector<Thread*> threads;  // count_child may add
  for (auto& [tid, thread] : table_) {
    thread->children = 0;
    threads.push_back(thread.get());
  }
  for (auto* thread : threads) count_child(*thread);
}

}  // namespace tracer
