// Everything the engine knows of the traced machine at one moment of the stream.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "../record.hpp"
#include "thread.hpp"

namespace tracer {

struct MachineInfo {
  std::uint32_t cpu_count = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t max_pid = 0;
  std::string hostname;
  std::uint64_t boot_time = 0;  // nanoseconds since the epoch; 0 = not stored
  std::uint64_t flags = 0;
};

struct User {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string name, home, shell;
};

struct Group {
  std::uint32_t gid = 0;
  std::string name;
};

struct Interface {
  bool is_ipv6 = false;
  IpAddress address{}, netmask{}, broadcast{};
  std::uint64_t link_speed = 0;
  std::string name;
};

class ThreadTable {
 public:
  static constexpr std::size_t max_size = 131072;  // threads beyond are not kept

  Thread* find(std::int64_t tid) {
    auto* recent = recent_[slot_of(tid)];
    return recent != nullptr && recent->tid == tid ? recent : look_up(tid);
  }
  // Adds or replaces. Where the table is full, returns a spare one that no lookup finds.
  Thread& add(Thread thread);
  // The thread, or a placeholder with "<NA>" names that the table keeps, as sysdig does when it reads a file.
  // Null where the table is full.
  Thread* find_or_placeholder(std::int64_t tid);
  void erase(std::int64_t tid);
  // Takes out a thread that ended. A leader stays while threads of its group are left, unless `force`.
  void remove(std::int64_t tid, bool force);
  void clear();
  bool full() const { return table_.size() >= max_size; }
  std::size_t size() const { return table_.size(); }
  std::size_t inherited_descriptors() const { return inherited_descriptors_; }
  // The thread group's leader, a placeholder if it is not known; the thread itself if the table is full.
  Thread& main_thread(Thread& thread);
  // The table a thread's descriptors live in: the leader's where it shares files with it.
  DescriptorTable& descriptors(Thread& thread);
  // Counts `thread` among the threads of its leader.
  void count_child(Thread& thread);
  // Counts all children anew.
  void count_children();
  auto begin() const { return table_.begin(); }
  auto end() const { return table_.end(); }

 private:
  std::unordered_map<std::int64_t, std::unique_ptr<Thread>> table_;
  std::size_t inherited_descriptors_ = 0;                   // sum over the table
  std::unordered_map<std::int64_t, std::uint32_t> groups_;  // how many threads were added with this pid
  std::unique_ptr<Thread> spare_;
  static constexpr std::size_t recent_size = 256;
  static std::size_t slot_of(std::int64_t tid) { return static_cast<std::size_t>(tid) % recent_size; }
  Thread* look_up(std::int64_t tid);

  std::array<Thread*, recent_size> recent_{};  // threads of the table that were looked up, by the end of their tid
  std::uint64_t generation_ = 1;               // counts what was taken out
};

// One record joined with what is known of its thread and descriptor. Pointers hold until the next event.
struct Event {
  Record record;
  std::uint64_t number = 0;  // counted from 1 over the whole stream
  Thread* thread = nullptr;
  std::int64_t fd = -1;              // descriptor number the event is about; -1 = none
  Descriptor* descriptor = nullptr;  // null: none, or not known
  // The enter event of an exit event, where the stream carried one that belongs to it.
  bool has_enter = false;
  std::uint64_t enter_timestamp = 0;
  std::uint64_t latency = 0;             // ns; 0 = not known
  bool descriptor_name_changed = false;  // by this event
};

struct StateStatistics {
  std::uint64_t thread_misses = 0;      // events of threads nobody announced
  std::uint64_t descriptor_misses = 0;  // events on descriptors nobody announced
};

// The machine's tables, kept up to date by events.
class State {
 public:
  MachineInfo machine;
  std::map<std::uint32_t, User> users;
  std::map<std::uint32_t, Group> groups;
  std::vector<Interface> interfaces;
  ThreadTable threads;
  StateStatistics statistics;

  std::uint64_t first_timestamp = 0;  // of the first event
  std::uint64_t last_timestamp = 0;   // of the event before this one

  // Takes `event.record` in: fills the other members of `event` and updates the tables.
  void apply(Event& event);
  // Forgets everything, for the next section of a concatenated capture.
  void reset();

 private:
  friend class Update;
  // Completes what the source's tables leave open; once, before the first event.
  void finish_tables();
  // What an event ends (a thread, a descriptor) is still there while that event is looked at.
  void remove_what_the_last_event_ended();

  bool started_ = false;
  std::uint64_t timestamp_ = 0;  // of the event being taken in
  std::int64_t ended_tid_ = -1;
  std::int64_t ended_fd_tid_ = -1;
  std::vector<std::int64_t> ended_fds_;
  Record enter_;  // the stored enter event of the exit event being taken in
};

}  // namespace tracer
