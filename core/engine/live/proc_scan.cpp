#include "proc_scan.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "../capture/tables.hpp"
#include "proc_descriptors.hpp"

namespace tracer {
namespace {

constexpr std::uint64_t nanoseconds = 1'000'000'000;
constexpr std::size_t max_arguments = 4096;
constexpr std::size_t max_name = 15;

// Ids, credentials and memory, from `status`.
struct RunState {
  bool is_gone = false;
  bool is_running = false;
};

void read_status(const ProcDirectory& directory, Thread& thread, std::uint32_t& thread_count, RunState& run_state) {
  auto text = directory.read("status");
  const auto last_number = [](std::string_view numbers, std::int64_t& id) {
    while (const auto number = take_number<std::int64_t>(numbers)) id = *number;
  };
  while (!text.empty()) {
    const auto line = take_line(text);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto key = line.substr(0, colon);
    auto value = line.substr(colon + 1);
    if (key == "State") {
      if (value.starts_with("\tZ") || value.starts_with("\tX")) run_state.is_gone = true;
      if (value.starts_with("\tR")) run_state.is_running = true;
    } else if (key == "Tgid") {
      thread.pid = number_in<std::int64_t>(value);
    } else if (key == "PPid") {
      thread.ptid = number_in<std::int64_t>(value);
    } else if (key == "Uid") {
      thread.real_uid = take_number<std::uint32_t>(value).value_or(no_id);
      thread.uid = take_number<std::uint32_t>(value).value_or(no_id);
      thread.saved_uid = number_in<std::uint32_t>(value, no_id);
    } else if (key == "Gid") {
      take_number<std::uint32_t>(value);  // the real id; the effective one follows
      thread.gid = number_in<std::uint32_t>(value, no_id);
    } else if (key == "NStgid") {
      last_number(value, thread.vpid);
    } else if (key == "NSpid") {
      last_number(value, thread.vtid);
    } else if (key == "NSpgid") {
      last_number(value, thread.vpgid);
    } else if (key == "VmSize") {
      thread.vm_size_kb = number_in<std::uint32_t>(value);
    } else if (key == "VmRSS") {
      thread.vm_rss_kb = number_in<std::uint32_t>(value);
    } else if (key == "VmSwap") {
      thread.vm_swap_kb = number_in<std::uint32_t>(value);
    } else if (key == "Threads") {
      thread_count = number_in<std::uint32_t>(value);
    } else if (key == "CapInh") {
      thread.cap_inheritable = number_in<std::uint64_t>(value, 0, 16);
    } else if (key == "CapPrm") {
      thread.cap_permitted = number_in<std::uint64_t>(value, 0, 16);
    } else if (key == "CapEff") {
      thread.cap_effective = number_in<std::uint64_t>(value, 0, 16);
      return;  // nothing of interest follows
    }
  }
}

// Name, session, faults and start, from `stat`.
void read_stat(const ProcDirectory& directory, std::uint64_t boot_time, Thread& thread) {
  auto text = directory.read("stat");
  const auto name_start = text.find('(');
  const auto name_end = text.rfind(')');
  if (name_start == std::string_view::npos || name_end == std::string_view::npos) return;
  // Names of workers are told at greater length here than anywhere else.
  thread.comm = text.substr(name_start + 1, name_end - name_start - 1).substr(0, max_name);
  text.remove_prefix(name_end + 1);
  take_word(text);  // state
  take_word(text);  // parent
  thread.pgid = take_number<std::int64_t>(text).value_or(-1);
  thread.sid = take_number<std::int64_t>(text).value_or(-1);
  thread.tty = static_cast<std::uint32_t>(take_number<std::int32_t>(text).value_or(0));
  take_word(text);  // foreground group
  take_word(text);  // flags
  thread.minor_faults = take_number<std::uint64_t>(text).value_or(0);
  take_word(text);  // of waited-for children
  thread.major_faults = take_number<std::uint64_t>(text).value_or(0);
  for (int column = 0; column < 9; ++column) take_word(text);
  const auto ticks = take_number<std::uint64_t>(text).value_or(0);
  static const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  thread.clone_time = boot_time + ticks * (nanoseconds / ticks_per_second);
}

void read_command_line(const ProcDirectory& directory, Thread& thread) {
  const auto text = directory.read("cmdline", max_arguments);
  thread.exe = text.substr(0, text.find('\0'));
  if (text.size() <= thread.exe.size() + 1) return;
  thread.args = text.substr(thread.exe.size() + 1);
  if (thread.args.back() != '\0') thread.args.push_back('\0');
}

std::uint64_t open_files_limit(const ProcDirectory& directory, std::int64_t pid) {
  // The call costs far less than the file, which anybody may read.
  rlimit limit;
  if (::prlimit(static_cast<pid_t>(pid), RLIMIT_NOFILE, nullptr, &limit) == 0) return limit.rlim_cur;
  auto text = directory.read("limits");
  constexpr std::string_view key = "Max open files";
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.starts_with(key)) return number_in<std::uint64_t>(line.substr(key.size()), ~std::uint64_t{0});
  }
  return 0;
}

// Lines "ID:SUBSYSTEM,SUBSYSTEM:PATH". The one of the unified hierarchy names no subsystem; where it is the only
// one, it stands for those that tell containers apart.
std::string cgroups_of(const ProcDirectory& directory) {
  std::string cgroups;
  const auto append = [&](std::string_view subsystems, std::string_view path) {
    while (!subsystems.empty()) {
      const auto name = subsystems.substr(0, subsystems.find(','));
      subsystems.remove_prefix(std::min(name.size() + 1, subsystems.size()));
      cgroups.append(name).append("=").append(path).push_back('\0');
    }
  };
  auto text = directory.read("cgroup");
  std::string_view unified;
  while (!text.empty()) {
    const auto line = take_line(text);
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const auto subsystems = line.substr(first + 1, second - first - 1);
    if (subsystems.empty()) {
      unified = line.substr(second + 1);
    } else {
      append(subsystems, line.substr(second + 1));
    }
  }
  if (cgroups.empty() && !unified.empty()) append("cpu,memory,cpuset", unified);
  return cgroups;
}

void read_executable(const ProcDirectory& directory, Thread& thread) {
  thread.exepath = directory.link("exe");
  struct stat status;
  if (thread.exepath.empty() || ::fstatat(directory.fd(), "exe", &status, 0) != 0) return;
  const auto time = [](const timespec& at) {
    return static_cast<std::uint64_t>(at.tv_sec) * nanoseconds + static_cast<std::uint64_t>(at.tv_nsec);
  };
  thread.exe_inode = status.st_ino;
  thread.exe_ctime = time(status.st_ctim);
  thread.exe_mtime = time(status.st_mtim);
  const mode_t needed = status.st_uid == thread.uid ? S_IWUSR : status.st_gid == thread.gid ? S_IWGRP : S_IWOTH;
  thread.exe_writable = thread.uid == 0 || (status.st_mode & needed) != 0;
}

// Kernels before 4.1 do not tell them.
void fill_namespace_ids(Thread& thread) {
  if (thread.vtid < 0) thread.vtid = thread.tid;
  if (thread.vpid < 0) thread.vpid = thread.pid;
}

}  // namespace

void ThreadScan::add_all(ThreadTable& threads, const std::function<void(std::int64_t)>& on_read) {
  const ProcDirectory proc(AT_FDCWD, "/proc", buffers_);
  if (!proc) return;
  for (const auto pid : proc.numbers()) {
    if (on_read) on_read(pid);
    for (auto& thread : process(proc, pid, ScanDepth::quick)) threads.add(std::move(thread));
    if (on_read) on_read(pid);
  }
}

std::vector<Thread> ThreadScan::process(std::int64_t pid) {
  const ProcDirectory proc(AT_FDCWD, "/proc", buffers_);
  return proc ? process(proc, pid, ScanDepth::exact) : std::vector<Thread>();
}

std::vector<Thread> ThreadScan::process(const ProcDirectory& proc, std::int64_t pid, ScanDepth depth) {
  std::vector<Thread> threads;
  const ProcDirectory directory(proc.fd(), std::to_string(pid).c_str(), buffers_);
  if (!directory) return threads;
  Thread process;
  process.tid = pid;
  std::uint32_t thread_count = 1;
  // First what a change that has been made already could be taken for one to make: see load_tables_at_start.
  process.cwd = directory.link("cwd");
  if (!process.cwd.ends_with('/')) process.cwd.push_back('/');
  if (files_ != nullptr) {
    take_descriptors(files_->of(pid), directory, sockets_, buffers_, *process.descriptors);
  } else if (descriptors_) {
    scan_descriptors(directory, depth, sockets_, buffers_, *process.descriptors);
  }
  // This process's own calls are not traced, and what it has open for this scan alone is soon something else.
  if (process.tid == ::getpid()) {
    process.descriptors->erase_if([](std::int64_t fd, const auto&) { return fd > STDERR_FILENO; });
  }
  // A process that ends gives up its descriptors, then its directory.
  errno = 0;
  RunState run_state;
  run_state.is_gone = directory.link("cwd").empty() && errno == ENOENT;
  read_status(directory, process, thread_count, run_state);
  last_was_running_ = run_state.is_running;
  if (process.pid != pid) return threads;                      // it has ended
  if (run_state.is_gone && thread_count <= 1) return threads;  // or is about to end, or nobody has waited for it yet
  fill_namespace_ids(process);
  read_stat(directory, boot_time_, process);
  read_command_line(directory, process);
  read_executable(directory, process);
  process.env = directory.read("environ", max_arguments);
  if (!process.env.empty() && process.env.back() != '\0') process.env.push_back('\0');
  process.root = directory.link("root");
  process.cgroups = cgroups_of(directory);
  process.fd_limit = open_files_limit(directory, pid);
  process.login_uid = number_in<std::uint32_t>(directory.read("loginuid"), no_id);
  process.awaited = CloneReturn::in_either;
  if (thread_count > 1) append_tasks(directory, process, threads);
  threads.push_back(std::move(process));
  return threads;
}

// The threads beside the leader share most of what it has.
void ThreadScan::append_tasks(const ProcDirectory& directory, const Thread& process, std::vector<Thread>& threads) {
  const ProcDirectory tasks(directory.fd(), "task", buffers_);
  if (!tasks) return;
  for (const auto tid : tasks.numbers()) {
    if (tid == process.tid) continue;
    const ProcDirectory task(tasks.fd(), std::to_string(tid).c_str(), buffers_);
    if (!task) continue;
    Thread thread = process;
    thread.tid = tid;
    thread.vtid = -1;
    thread.env.clear();
    thread.descriptors = std::make_shared<DescriptorTable>();
    thread.flags = flags::clone_flags::CLONE_THREAD_ | flags::clone_flags::CLONE_FILES_;
    std::uint32_t ignored;
    RunState run_state;
    read_status(task, thread, ignored, run_state);
    if (run_state.is_gone) continue;
    last_was_running_ = last_was_running_ || run_state.is_running;
    fill_namespace_ids(thread);
    read_stat(task, boot_time_, thread);
    threads.push_back(std::move(thread));
  }
}

void scan_proc(State& state, const ProcScanOptions& options) {
  scan_machine(state);
  if (!options.threads) return;
  ThreadScan(state.machine.boot_time, options.descriptors).add_all(state.threads);
  finish_tables(state);
}

}  // namespace tracer
