// The threads that are known, and what they share.
#pragma once
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "thread.hpp"
#include "thread_index.hpp"

namespace tracer {

class ThreadTable {
 public:
  static constexpr std::size_t max_size = 131072;  // threads beyond are not kept

  Thread* find(std::int64_t tid) const { return index_.find(tid); }
  // Have the processor bring in, from one step to the next, what is known of a thread that will be looked up.
  void fetch_entry(std::int64_t tid) const { index_.fetch(tid); }
  void fetch_thread(std::int64_t tid) const;
  void fetch_descriptors(std::int64_t tid) const;
  // Adds or replaces. Where the table is full, returns a spare one that no lookup finds.
  Thread& add(Thread thread);
  // The thread, or a placeholder with "<NA>" names that the table keeps, as sysdig does when it reads a file.
  // Null where the table is full.
  Thread* find_or_placeholder(std::int64_t tid);
  void erase(std::int64_t tid);
  // Takes out a thread that ended. A leader stays while threads of its group are left, unless `force`; it goes with
  // the last of them, or stays on where `keeps_ended_leaders`.
  void remove(std::int64_t tid, bool force);
  bool keeps_ended_leaders = false;
  // Takes out the other threads of a group that are left when one of them has become another program.
  void remove_others(Thread& leader);
  void clear();
  bool full() const { return table_.size() >= max_size; }
  std::size_t size() const { return table_.size(); }
  std::size_t inherited_descriptors() const { return inherited_descriptors_; }
  // The thread group's leader, a placeholder if it is not known; the thread itself if the table is full.
  Thread& main_thread(Thread& thread);
  // The table a thread's descriptors live in: the leader's where it shares files with it.
  DescriptorTable& descriptors(Thread& thread) { return *descriptor_owner(thread).descriptors; }
  Thread& descriptor_owner(Thread& thread);
  // Where relative paths of the thread start: the leader's, but for a thread that shares it no more.
  std::string& working_directory(Thread& thread);
  // `thread` uses files, or the working directory, alone from now on.
  void unshare_descriptors(Thread& thread);
  void unshare_working_directory(Thread& thread);
  // Changes a thread's parent.
  void set_parent(Thread& thread, std::int64_t ptid);
  // All children of `parent` become those of `reaper`.
  void reparent(std::int64_t parent, std::int64_t reaper);
  // Counts `thread` among the threads of its leader.
  void count_child(Thread& thread);
  // Counts all children anew.
  void count_children();
  auto begin() const { return table_.begin(); }
  auto end() const { return table_.end(); }

 private:
  void forget_child(const Thread& thread);

  std::unordered_map<std::int64_t, std::unique_ptr<Thread>> table_;
  std::size_t inherited_descriptors_ = 0;                   // sum over the table
  std::unordered_map<std::int64_t, std::uint32_t> groups_;  // how many threads were added with this pid
  std::unordered_map<std::int64_t, std::unordered_set<std::int64_t>> children_;  // tids, by their ptid
  std::unique_ptr<Thread> spare_;
  ThreadIndex index_;             // of `table_`
  std::uint64_t generation_ = 1;  // counts what was taken out
};

}  // namespace tracer
