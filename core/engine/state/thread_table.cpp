#include "thread_table.hpp"

#include <vector>

#include "../schema.hpp"

namespace tracer {

namespace clone_flags = flags::clone_flags;

void ThreadTable::fetch_thread(std::int64_t tid) const {
  constexpr std::size_t line = 64, lines = 4;
  const auto* const thread = reinterpret_cast<const std::byte*>(index_.find(tid));
  for (std::size_t i = 0; thread != nullptr && i < lines; ++i) __builtin_prefetch(thread + i * line, 1);
}

void ThreadTable::fetch_descriptors(std::int64_t tid) const {
  const auto* const thread = index_.find(tid);
  if (thread != nullptr) __builtin_prefetch(thread->descriptors.get());
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
  added->listed_parent = added->ptid;
  children_[added->ptid].insert(added->tid);
  index_.add(added->tid, added.get());
  return *table_.emplace(added->tid, std::move(added)).first->second;
}

Thread* ThreadTable::find_or_placeholder(std::int64_t tid) {
  if (auto* known = find(tid)) return known;
  if (full()) return nullptr;
  Thread placeholder;
  placeholder.tid = tid;
  placeholder.pid = tid;
  placeholder.comm = not_known;
  placeholder.exe = not_known;
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
  forget_child(*at->second);
  index_.remove(tid);
  table_.erase(at);
  ++generation_;
}

void ThreadTable::remove(std::int64_t tid, bool force) {
  auto* thread = find(tid);
  if (thread == nullptr || (thread->children > 0 && !force)) return;
  const auto leader_tid = thread->flags & clone_flags::CLONE_THREAD_ ? thread->pid : -1;
  erase(tid);
  auto* leader = leader_tid == tid ? nullptr : find(leader_tid);
  if (leader == nullptr || leader->children == 0) return;
  const bool was_last = --leader->children == 0;
  if (was_last && !keeps_ended_leaders && (leader->flags & clone_flags::CLOSED_)) erase(leader_tid);
}

void ThreadTable::remove_others(Thread& leader) {
  leader.children = 0;
  const auto group = groups_.find(leader.pid);
  if (group == groups_.end() || group->second == 1) return;
  std::vector<std::int64_t> others;
  for (const auto& [tid, thread] : table_) {
    if (thread->pid == leader.pid && tid != leader.tid) others.push_back(tid);
  }
  for (const auto tid : others) erase(tid);
}

void ThreadTable::forget_child(const Thread& thread) {
  const auto siblings = children_.find(thread.listed_parent);
  if (siblings == children_.end()) return;
  siblings->second.erase(thread.tid);
  if (siblings->second.empty()) children_.erase(siblings);
}

void ThreadTable::set_parent(Thread& thread, std::int64_t ptid) {
  thread.ptid = ptid;
  if (find(thread.tid) != &thread) return;
  forget_child(thread);
  thread.listed_parent = ptid;
  children_[ptid].insert(thread.tid);
}

void ThreadTable::reparent(std::int64_t parent, std::int64_t reaper) {
  const auto at = children_.find(parent);
  if (at == children_.end() || parent == reaper) return;
  const auto orphans = std::move(at->second);
  children_.erase(at);
  auto& adopted = children_[reaper];
  for (const auto tid : orphans) {
    auto* const orphan = find(tid);
    if (orphan == nullptr) continue;
    orphan->ptid = orphan->listed_parent = reaper;
    adopted.insert(tid);
  }
}

void ThreadTable::clear() {
  table_.clear();
  groups_.clear();
  children_.clear();
  inherited_descriptors_ = 0;
  index_.clear();
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

Thread& ThreadTable::descriptor_owner(Thread& thread) {
  return thread.flags & clone_flags::CLONE_FILES_ ? main_thread(thread) : thread;
}

std::string& ThreadTable::working_directory(Thread& thread) {
  if (thread.shared_cwd) return *thread.shared_cwd;
  auto& leader = main_thread(thread);
  return leader.shared_cwd ? *leader.shared_cwd : leader.cwd;
}

void ThreadTable::unshare_descriptors(Thread& thread) {
  if (thread.flags & clone_flags::CLONE_FILES_) {
    const auto& shared = main_thread(thread).descriptors;
    thread.flags &= ~clone_flags::CLONE_FILES_;
    if (thread.descriptors == shared && shared.use_count() == 1) return;
    thread.descriptors = std::make_shared<DescriptorTable>(*shared);
  } else if (thread.descriptors.use_count() > 1) {
    thread.descriptors = std::make_shared<DescriptorTable>(*thread.descriptors);
  }
}

void ThreadTable::unshare_working_directory(Thread& thread) {
  thread.shared_cwd = std::make_shared<std::string>(working_directory(thread));
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
