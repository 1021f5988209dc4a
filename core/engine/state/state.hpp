// Everything the engine knows of the traced machine at one moment of the stream.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "../capture/glance.hpp"
#include "../record.hpp"
#include "container.hpp"
#include "machine_now.hpp"
#include "spans.hpp"
#include "thread_table.hpp"

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

// One record joined with what is known of its thread and descriptor. Pointers hold until the next event.
struct Event {
  Record record;
  std::uint64_t number = 0;  // counted from 1 over the whole stream
  Thread* thread = nullptr;
  std::int64_t fd = -1;              // descriptor number the event is about; -1 = none
  Descriptor* descriptor = nullptr;  // null: none, or not known
  // The enter event of an exit event, where the stream carried one that belongs to it.
  bool has_enter = false;
  const Record* enter = nullptr;  // that event, for types whose exit event is read together with it
  std::uint64_t enter_timestamp = 0;
  bool is_toctou = false;                // another thread changed the call's arguments while it ran
  std::uint64_t latency = 0;             // ns; 0 = not known
  bool descriptor_name_changed = false;  // by this event
};

struct StateStatistics {
  std::uint64_t thread_misses = 0;      // events of threads nobody announced
  std::uint64_t descriptor_misses = 0;  // events on descriptors nobody announced
  std::uint64_t purged_threads = 0;     // idle, and found to have ended unseen
};

// Whether events with this code change the tables.
bool changes_state(std::uint16_t code);

// The machine's tables, kept up to date by events.
class State {
 public:
  MachineInfo machine;
  std::map<std::uint32_t, User> users;
  std::map<std::uint32_t, Group> groups;
  std::vector<Interface> interfaces;
  ThreadTable threads;
  ContainerTable containers;
  SpanTable spans;
  StateStatistics statistics;
  // Null where the events are of the past, or of another machine.
  std::shared_ptr<MachineNow> now;
  StateHost* host = nullptr;  // null: no plugin's field has a value

  std::uint64_t first_timestamp = 0;  // of the first event
  std::uint64_t last_timestamp = 0;   // of the event before this one

  // Takes `event.record` in: fills the other members of `event` and updates the tables.
  void apply(Event& event);
  // The thread of an event that may be passed by: one of a kind that changes little, of a known thread. Null where it
  // has to be taken in with `apply`.
  Thread* thread_to_pass_by(const Glance& glance);
  // Takes in the event, whose thread this is, as `apply` does, where nobody looks at it. False, with nothing done:
  // after a closer look `apply` has to.
  bool pass_by(const Glance& glance, Thread& thread, std::uint64_t number);
  // The call that closes the thread's descriptor has returned.
  void close_descriptor(Thread& thread, Descriptor& descriptor, std::int64_t result);
  // Finds out which container the thread is in.
  void assign_container(Thread& thread);
  // Finds out which containers the threads of the tables are in, which the first event would do otherwise.
  void find_containers();
  // Whether the event that was taken in last ended the thread, or the descriptor: they go with the next one.
  bool ends_now(std::int64_t tid) const { return tid == ended_tid_; }
  bool ends_now(Thread& thread, std::int64_t fd);
  // The threads of a process as they were found at a time that lies ahead in the stream: they replace what the events
  // before it make of the process. Before the first event.
  void hold_until(std::uint64_t timestamp, std::vector<Thread> found);
  // What is held of a thread; null if nothing is.
  const Thread* held_thread(std::int64_t tid) const;
  // Enters what was held until then, as each event after it does.
  void enter_held(std::uint64_t timestamp);
  // Forgets everything, for the next section of a concatenated capture.
  void reset();

 private:
  friend class Update;
  // Completes what the source's tables leave open; once, before the first event.
  void finish_tables();
  // What an event ends (a thread, a descriptor) is still there while that event is looked at.
  void remove_what_the_last_event_ended();
  void note_time(std::uint64_t timestamp) {
    last_timestamp = timestamp_;
    timestamp_ = timestamp;
  }
  void end_descriptor(std::int64_t tid, std::int64_t fd) {
    ended_fd_tid_ = tid;
    ended_fds_.push_back(fd);
  }
  void hand_over_children();
  // Drops threads that made no event for long and are not there any more: their end was lost.
  void purge_idle_threads();

  struct Held {
    std::uint64_t timestamp;
    std::vector<Thread> threads;
  };

  bool started_ = false;
  bool is_current_ = false;       // a record has come that sysdig 0.29.3 cannot have made
  std::uint64_t next_purge_ = 0;  // a time of the stream
  // Children that ended before the call that made them returned in their parent.
  std::unordered_set<std::int64_t> ended_before_announced_;
  std::vector<Held> held_;  // the latest first
  std::uint64_t next_held_ = ~std::uint64_t{0};
  std::uint64_t timestamp_ = 0;  // of the event being taken in
  std::int64_t ended_tid_ = -1;
  std::int64_t reaper_tid_ = 0;  // who takes the children of the thread that ended; 0: nobody said
  std::int64_t ended_fd_tid_ = -1;
  std::vector<std::int64_t> ended_fds_;
  Record enter_;  // the stored enter event of the exit event being taken in
};

}  // namespace tracer
