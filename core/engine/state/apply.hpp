// One event on its way into the tables, and the handlers of the event types that change them.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "state.hpp"

namespace tracer {

inline constexpr std::int64_t at_fdcwd = -100;  // as events carry it, on every architecture

// What a handler does, where State::pass_by does the same on its own.
enum class Effect : std::uint8_t {
  any,
  none,
  transfer,  // data went over the descriptor: if it is a socket, it is connected
  close_enter,
  close_exit,
  memory,    // the thread's use of memory is told
  schedule,  // the same, and its page faults
};

// What the handlers work on.
class Update {
 public:
  Update(State& in, Event& of) : state(in), event(of), record(of.record) {}

  State& state;
  Event& event;
  const Record& record;
  Thread* thread = nullptr;
  const Record* enter = nullptr;  // the stored enter event that belongs to this exit event

  std::int64_t result() const { return record.value<std::int64_t>(0); }
  // Current streams carry all parameters in the exit event, older ones some of them in the enter event: the value
  // comes from the exit event if it is there. Empty where neither has it.
  Bytes param(std::size_t in_exit, std::size_t in_enter) const;
  template <typename T>
  T value(std::size_t in_exit, std::size_t in_enter) const {
    return read_value<T>(param(in_exit, in_enter));
  }

  DescriptorTable& descriptors() { return state.threads.descriptors(*thread); }
  Descriptor* find_descriptor(std::int64_t fd) { return fd < 0 ? nullptr : descriptors().find(fd); }
  // The thread has opened `fd`.
  Descriptor& open(std::int64_t fd, Descriptor descriptor);
  void close(std::int64_t fd) { state.end_descriptor(thread->tid, fd); }
  // `fd` is now something that no event told of: what the machine says of it counts; without that nothing is known.
  void receive(std::int64_t fd, bool closes_on_exec);
  void rename(Descriptor& descriptor, std::string name);
  // Where a relative `path` starts: the working directory, or what `dirfd` is open on. With a final '/'.
  std::string start_of(std::string_view path, std::int64_t dirfd);
  const std::string& working_directory() { return state.threads.working_directory(*thread); }
  void change_directory(std::string_view path);
  // Whether the stream is of a driver newer than sysdig 0.29.3. What that release concludes from its own captures
  // counts in these, even where the kernel did otherwise: they are read as it reads them.
  bool is_current() const { return state.is_current_; }
  void end_thread(std::int64_t reaper_tid) {
    state.ended_tid_ = record.tid;
    state.reaper_tid_ = reaper_tid;
  }
  // Of children that end before the call that made them has returned in their parent.
  void note_early_end(std::int64_t tid) { state.ended_before_announced_.insert(tid); }
  bool take_early_end(std::int64_t tid) { return state.ended_before_announced_.erase(tid) > 0; }
  // Looks the event's thread up anew, after the table has changed under it.
  void find_thread() { thread = state.threads.find(record.tid); }
};

struct Handler {
  std::uint16_t code;
  void (*apply)(Update&);
  bool needs_enter = false;  // looks at parameters of the enter event
  Effect effect = Effect::any;
};

std::span<const Handler> process_handlers();
std::span<const Handler> exec_handlers();
std::span<const Handler> file_handlers();
std::span<const Handler> descriptor_handlers();
std::span<const Handler> network_handlers();
std::span<const Handler> identity_handlers();

}  // namespace tracer
