// One event on its way into the tables, and the handlers of the event types that change them.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "state.hpp"

namespace tracer {

inline constexpr std::int64_t at_fdcwd = -100;  // as events carry it, on every architecture

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
  void close(std::int64_t fd);
  void rename(Descriptor& descriptor, std::string name);
  // Where a relative `path` starts: the working directory, or what `dirfd` is open on. With a final '/'.
  std::string start_of(std::string_view path, std::int64_t dirfd);
  std::string working_directory() { return state.threads.main_thread(*thread).cwd; }
  void change_directory(std::string_view path);
  void end_thread() { state.ended_tid_ = record.tid; }
  // Looks the event's thread up anew, after the table has changed under it.
  void find_thread() { thread = state.threads.find(record.tid); }
};

struct Handler {
  std::uint16_t code;
  void (*apply)(Update&);
  bool needs_enter = false;  // looks at parameters of the enter event
};

std::span<const Handler> process_handlers();
std::span<const Handler> exec_handlers();
std::span<const Handler> file_handlers();
std::span<const Handler> descriptor_handlers();
std::span<const Handler> network_handlers();
std::span<const Handler> identity_handlers();

}  // namespace tracer
