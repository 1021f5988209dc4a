// A thread becomes another program.
#include "apply.hpp"
#include "path.hpp"

namespace tracer {
namespace {

namespace clone_flags = flags::clone_flags;

// The path of the program, put together from the enter event of execve or execveat; nothing where that is missing.
void set_exepath_from_enter(Update& update) {
  if (update.enter == nullptr) return;
  const auto& enter = *update.enter;
  auto& thread = *update.thread;
  if (enter.type != code::SYSCALL_EXECVEAT_E) {
    const auto name = enter.text(0);
    thread.exepath = name == "<NA>" ? "<NA>" : join_path(thread.cwd, name);
    return;
  }
  const auto name = enter.text(1);
  const auto flags = enter.value<std::uint32_t>(2);
  const bool is_empty = (flags & flags::execveat_flags::AT_EMPTY_PATH_) && (name.empty() || name == "<NA>");
  if (name == "<NA>" && !is_empty) {
    thread.exepath = "<NA>";
    return;
  }
  const auto start = update.start_of(name, enter.value<std::int64_t>(0));
  thread.exepath = is_empty ? join_path("", start) : join_path(start, name);
}

void set_memory(Thread& thread, const Record& record) {
  thread.major_faults = record.value<std::uint64_t>(8);
  thread.minor_faults = record.value<std::uint64_t>(9);
  thread.vm_size_kb = record.value<std::uint32_t>(10);
  thread.vm_rss_kb = record.value<std::uint32_t>(11);
  thread.vm_swap_kb = record.value<std::uint32_t>(12);
}

// Parameters that versions of the event appended over the years.
void set_appended(Thread& thread, const Record& record) {
  const auto set = [&](std::size_t index, auto& member) {
    if (!record.param(index).empty()) member = record.value<std::remove_reference_t<decltype(member)>>(index);
  };
  set(16, thread.tty);
  set(17, thread.vpgid);
  set(18, thread.login_uid);
  if (!record.param(19).empty()) {
    const auto flags = record.value<std::uint32_t>(19);
    thread.exe_writable = flags & flags::execve_flags::EXE_WRITABLE_;
    thread.exe_upper_layer = flags & flags::execve_flags::EXE_UPPER_LAYER_;
    thread.exe_lower_layer = flags & flags::execve_flags::EXE_LOWER_LAYER_;
    thread.exe_from_memfd = flags & flags::execve_flags::EXE_FROM_MEMFD_;
  }
  set(20, thread.cap_inheritable);
  set(21, thread.cap_permitted);
  set(22, thread.cap_effective);
  set(23, thread.exe_inode);
  set(24, thread.exe_ctime);
  set(25, thread.exe_mtime);
  set(26, thread.uid);
  set(28, thread.pgid);
  set(29, thread.gid);
}

void apply_exec(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  auto& thread = *update.thread;
  const auto& record = update.record;
  const auto type = record.type;
  const bool has_comm =
      type != code::SYSCALL_EXECVE_8_X && type != code::SYSCALL_EXECVE_13_X && type != code::SYSCALL_EXECVE_14_X;
  thread.exe = record.text(1);
  thread.comm = has_comm ? record.text(13) : record.text(1);
  thread.args = as_text(record.param(2));
  thread.pid = record.value<std::int64_t>(4);
  thread.leader = nullptr;
  if (thread.ptid == -1) thread.ptid = record.value<std::int64_t>(5);
  thread.fd_limit = record.value<std::uint64_t>(7);
  thread.last_exec_time = record.timestamp;
  thread.is_placeholder = false;
  if (type != code::SYSCALL_EXECVE_8_X) set_memory(thread, record);
  switch (type) {
    case code::SYSCALL_EXECVE_8_X:
    case code::SYSCALL_EXECVE_13_X:
      break;
    case code::SYSCALL_EXECVE_14_X:
      thread.env = as_text(record.param(13));
      break;
    case code::SYSCALL_EXECVE_15_X:
      thread.env = as_text(record.param(14));
      break;
    default:
      thread.cgroups = as_text(record.param(14));
      thread.env = as_text(record.param(15));
      set_appended(thread, record);
      break;
  }
  if (!record.text(27).empty()) {
    thread.exepath = record.text(27);
  } else {
    set_exepath_from_enter(update);
  }
  constexpr auto kept = thread_flag::pipe_source | thread_flag::pipe_destination | thread_flag::main_thread |
                        clone_flags::CLONE_INVERTED_;
  thread.flags = (thread.flags & kept) | thread_flag::active | clone_flags::NAME_CHANGED_;
}

constexpr Handler handlers[] = {
    {code::SYSCALL_EXECVE_8_X, apply_exec},        {code::SYSCALL_EXECVE_13_X, apply_exec},
    {code::SYSCALL_EXECVE_14_X, apply_exec},       {code::SYSCALL_EXECVE_15_X, apply_exec},
    {code::SYSCALL_EXECVE_16_X, apply_exec},       {code::SYSCALL_EXECVE_17_X, apply_exec},
    {code::SYSCALL_EXECVE_18_X, apply_exec, true}, {code::SYSCALL_EXECVE_19_X, apply_exec, true},
    {code::SYSCALL_EXECVEAT_X, apply_exec, true},
};

}  // namespace

std::span<const Handler> exec_handlers() { return handlers; }

}  // namespace tracer
