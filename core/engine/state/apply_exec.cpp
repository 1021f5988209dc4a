// A thread becomes another program.
#include "apply.hpp"
#include "control_groups.hpp"
#include "path.hpp"

namespace tracer {
namespace {

namespace clone_flags = flags::clone_flags;

// What execve was asked to run.
std::string path_of(Update& update, std::string_view filename) {
  return filename == not_known ? std::string(not_known) : join_path(update.start_of(filename, at_fdcwd), filename);
}

// What execveat was asked to run.
std::string path_of_execveat(Update& update, const Record& enter) {
  const auto name = enter.text(1);
  const auto flags = enter.value<std::uint32_t>(2);
  const bool is_empty = (flags & flags::execveat_flags::AT_EMPTY_PATH_) && (name.empty() || name == "<NA>");
  if (name == "<NA>" && !is_empty) return "<NA>";
  const auto start = update.start_of(name, enter.value<std::int64_t>(0));
  return is_empty ? join_path("", start) : join_path(start, name);
}

// The kernel's own word counts most; without it the path is put together from what the call was given.
void set_exepath(Update& update) {
  const auto& record = update.record;
  auto& thread = *update.thread;
  if (const auto trusted = record.text(27); !trusted.empty()) {
    thread.exepath = trusted;
  } else if (update.enter != nullptr && update.enter->type == code::SYSCALL_EXECVEAT_E) {
    thread.exepath = path_of_execveat(update, *update.enter);
  } else if (update.enter != nullptr) {
    thread.exepath = path_of(update, update.enter->text(0));
  } else if (record.type == code::SYSCALL_EXECVE_19_X && !record.text(30).empty()) {
    thread.exepath = path_of(update, record.text(30));
  }
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

// The program runs in its process's only thread, under the leader's id whichever thread made the call; with files of
// its own, less those that close on exec.
void leave_the_old_program(Update& update) {
  auto& thread = *update.thread;
  auto& threads = update.state.threads;
  threads.unshare_descriptors(thread);
  threads.remove_others(thread);
  auto* const now = update.state.now.get();
  threads.descriptors(thread).erase_if([&](std::int64_t fd, const Descriptor& descriptor) {
    return descriptor.closes_on_exec() ||
           (descriptor.may_close_on_exec && now != nullptr && !now->has_descriptor(thread.pid, fd));
  });
  update.event.descriptor = nullptr;
  thread.keeps_capabilities = false;
  thread.saved_uid = thread.uid;
}

void apply_exec(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  auto& thread = *update.thread;
  const auto& record = update.record;
  const auto type = record.type;
  const bool has_comm =
      type != code::SYSCALL_EXECVE_8_X && type != code::SYSCALL_EXECVE_13_X && type != code::SYSCALL_EXECVE_14_X;
  thread.exe = record.text(1);
  thread.comm = has_comm && !record.param(13).empty() ? record.text(13) : record.text(1);
  thread.args = as_text(record.param(2));
  thread.pid = record.value<std::int64_t>(4);
  thread.leader = nullptr;
  if (thread.ptid == -1) update.state.threads.set_parent(thread, record.value<std::int64_t>(5));
  thread.fd_limit = record.value<std::int64_t>(7);
  thread.last_exec_time = record.timestamp;
  thread.is_placeholder = false;
  if (!record.param(12).empty()) set_memory(thread, record);
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
      if (auto cgroups = control_groups(as_text(record.param(14))); !cgroups.empty() && cgroups != thread.cgroups) {
        thread.cgroups = std::move(cgroups);
        update.state.assign_container(thread);
      }
      thread.env = as_text(record.param(15));
      set_appended(thread, record);
      break;
  }
  set_exepath(update);
  constexpr auto kept = thread_flag::pipe_source | thread_flag::pipe_destination | thread_flag::main_thread |
                        clone_flags::CLONE_INVERTED_;
  if (update.is_current()) leave_the_old_program(update);
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
