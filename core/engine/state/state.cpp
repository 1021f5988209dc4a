#include "state.hpp"

#include <algorithm>
#include <array>

#include "apply.hpp"
#include "path.hpp"
#include "toctou.hpp"

namespace tracer {
namespace {

// How apply() treats events of one type.
struct Rule {
  void (*apply)(Update&) = nullptr;
  std::int8_t fd_param = -1;        // the descriptor the event is about, where it uses one
  bool uses_fd = false;             // its descriptor counts before the handler runs
  bool shows_fd = false;            // it has to do with a descriptor at all
  bool skips_thread = false;        // says nothing of the thread it names
  bool needs_known_thread = false;  // a thread nobody announced stays unknown
  bool keeps_enter = false;         // of an enter event: the exit event's handler looks at its parameters
};

// Their exit events only say how they ended; fields of paths look at the enter event.
constexpr std::uint16_t enter_events_with_paths[] = {
    code::SYSCALL_LINK_E,     code::SYSCALL_LINKAT_E, code::SYSCALL_UNLINK_E,
    code::SYSCALL_UNLINKAT_E, code::SYSCALL_MKDIR_E,  code::SYSCALL_RMDIR_E,
};

bool is_clone_exit(std::uint16_t type) {
  switch (type) {
    case code::SYSCALL_CLONE_11_X:
    case code::SYSCALL_CLONE_16_X:
    case code::SYSCALL_CLONE_17_X:
    case code::SYSCALL_CLONE_20_X:
    case code::SYSCALL_FORK_X:
    case code::SYSCALL_FORK_17_X:
    case code::SYSCALL_FORK_20_X:
    case code::SYSCALL_VFORK_X:
    case code::SYSCALL_VFORK_17_X:
    case code::SYSCALL_VFORK_20_X:
    case code::SYSCALL_CLONE3_X:
      return true;
    default:
      return false;
  }
}

// Events that the engine's side made, of no thread.
bool is_about_no_thread(std::uint16_t type) {
  switch (type) {
    case code::CONTAINER_JSON_E:
    case code::CONTAINER_JSON_2_E:
    case code::PLUGINEVENT_E:
    case code::USER_ADDED_E:
    case code::USER_DELETED_E:
    case code::GROUP_ADDED_E:
    case code::GROUP_DELETED_E:
    case code::ASYNCEVENT_E:
      return true;
    default:
      return false;
  }
}

// The parameter that says which descriptor the call uses: the first, but for what an exit event returns.
std::int8_t fd_param_of(std::uint16_t type) {
  const auto params = events[type].params;
  for (std::size_t i = is_enter(type) ? 0 : 1; i < params.size(); ++i) {
    if (params[i].type == ParamType::fd_) return static_cast<std::int8_t>(i);
  }
  return -1;
}

using Rules = std::array<Rule, event_code_count>;

Rules make_rules(bool are_of_0293) {
  Rules rules;
  constexpr auto shown = event_flag::uses_fd | event_flag::creates_fd | event_flag::destroys_fd;
  for (std::uint16_t type = 0; type < event_code_count; ++type) {
    auto& rule = rules[type];
    const auto event_flags = are_of_0293 ? events[type].flags_in_0293 : events[type].flags;
    rule.uses_fd = event_flags & event_flag::uses_fd;
    rule.shows_fd = event_flags & shown;
    rule.fd_param = rule.uses_fd ? fd_param_of(type) : -1;
    rule.skips_thread = (event_flags & event_flag::skipparsereset) || is_about_no_thread(type);
    rule.needs_known_thread = is_clone_exit(type) || type == code::SCHEDSWITCH_6_E;
  }
  for (const auto type : enter_events_with_paths) rules[type].keeps_enter = true;
  for (const auto handlers : {process_handlers(), exec_handlers(), file_handlers(), descriptor_handlers(),
                              network_handlers(), identity_handlers()}) {
    for (const auto& handler : handlers) {
      rules[handler.code].apply = handler.apply;
      if (handler.needs_enter) rules[handler.code - 1].keeps_enter = true;
    }
  }
  return rules;
}

const Rules rules = make_rules(false);
const Rules rules_of_0293 = make_rules(true);  // for records of its shape

void remember_enter(Event& event, Thread& thread, const Rule& rule) {
  const auto& record = event.record;
  auto& enter = thread.enter;
  enter.type = record.type;
  enter.cpu = record.cpu;
  enter.timestamp = record.timestamp;
  enter.number = event.number;
  enter.is_v1 = record.is_v1;
  enter.is_used = false;
  if (rule.keeps_enter) {
    enter.raw.assign(record.raw.begin(), record.raw.end());
  } else {
    enter.raw.clear();
  }
}

bool is_newer_than_0293(const Record& record) {
  return record.type >= first_code_after_0293 || record.param_count > record.info().params_in_0293;
}

// Works out what tables do not say of a thread.
void complete(Thread& thread, const MachineInfo& machine) {
  if (thread.pid_namespace_start == 0 && thread.tid == thread.vtid) thread.pid_namespace_start = machine.boot_time;
  for (auto& [fd, descriptor] : *thread.descriptors) {
    const bool is_ip = descriptor.is_ipv4() || descriptor.is_ipv6();
    if (is_ip && descriptor.tuple.protocol == L4Protocol::tcp) descriptor.is_connected = true;
  }
  thread.flags |= flags::clone_flags::NAME_CHANGED_;
  if (thread.is_placeholder || !thread.is_main()) return;
  thread.flags |= thread_flag::active;
  thread.cwd = join_path("", thread.cwd);
  if (thread.cwd.empty() || thread.cwd.back() != '/') thread.cwd += '/';
}

// A successful execveat ends in the exit event of execve in current streams.
bool belongs(std::uint16_t enter, std::uint16_t exit) {
  return enter + 1 == exit || (enter == code::SYSCALL_EXECVEAT_E && exit == code::SYSCALL_EXECVE_19_X);
}

}  // namespace

bool changes_state(std::uint16_t code) { return code < event_code_count && rules[code].apply != nullptr; }

Bytes Update::param(std::size_t in_exit, std::size_t in_enter) const {
  const auto bytes = record.param(in_exit);
  return bytes.empty() && enter != nullptr ? enter->param(in_enter) : bytes;
}

Descriptor& Update::open(std::int64_t fd, Descriptor descriptor) {
  event.descriptor_name_changed = !descriptor.name.empty();
  auto& opened = descriptors().set(fd, std::move(descriptor));
  thread->last_event_fd = fd;
  event.descriptor = &opened;
  return opened;
}

void Update::close(std::int64_t fd) {
  state.ended_fd_tid_ = thread->tid;
  state.ended_fds_.push_back(fd);
}

void Update::receive(std::int64_t fd, bool closes_on_exec) {
  if (fd < 0) return;
  auto found = state.now == nullptr ? std::nullopt : state.now->descriptor(thread->pid, fd);
  if (!found) {
    ++state.statistics.descriptor_misses;
    descriptors().erase(fd);
    return;
  }
  if (closes_on_exec) found->set_close_on_exec(true);
  descriptors().set(fd, std::move(*found));
}

void Update::rename(Descriptor& descriptor, std::string name) {
  event.descriptor_name_changed = descriptor.name != name;
  descriptor.old_name = std::move(descriptor.name);
  descriptor.name = std::move(name);
}

std::string Update::start_of(std::string_view path, std::int64_t dirfd) {
  if (path.starts_with('/')) return "";
  if (dirfd == at_fdcwd) return working_directory() == not_known ? "<UNKNOWN>" : working_directory();
  const auto* directory = find_descriptor(dirfd);
  if (directory == nullptr) return "<UNKNOWN>";
  return directory->name + '/';
}

void Update::change_directory(std::string_view path) {
  auto& cwd = state.threads.working_directory(*thread);
  const bool is_known = !cwd.empty() || state.now == nullptr;
  if ((!is_known || cwd == not_known) && !path.starts_with('/')) return;
  cwd = join_path(cwd, path);
  if (cwd.empty() || cwd.back() != '/') cwd += '/';
}

void State::apply(Event& event) {
  if (!started_) finish_tables();
  const auto& record = event.record;
  if (record.timestamp >= next_held_) enter_held(record.timestamp);
  event.thread = nullptr;
  event.fd = -1;
  event.descriptor = nullptr;
  event.has_enter = false;
  event.enter = nullptr;
  event.enter_timestamp = 0;
  event.latency = 0;
  event.descriptor_name_changed = false;
  event.is_toctou = false;
  if (ended_tid_ != -1 || !ended_fds_.empty()) remove_what_the_last_event_ended();
  if (first_timestamp == 0 && !is_about_container(record.type) && !restates_accounts(record.type)) {
    first_timestamp = record.timestamp;
  }
  last_timestamp = timestamp_;
  timestamp_ = record.timestamp;
  if (timestamp_ >= next_purge_) purge_idle_threads();
  if (record.type >= event_code_count) {
    event.thread = threads.find(record.tid);
    return;
  }

  const bool is_of_0293 = has_shape_of_0293(record);
  is_current_ = is_current_ || (!is_of_0293 && is_newer_than_0293(record));
  const auto& rule = (is_of_0293 ? rules_of_0293 : rules)[record.type];
  Update update(*this, event);
  if (!rule.skips_thread) {
    update.thread = rule.needs_known_thread ? threads.find(record.tid) : threads.find_or_placeholder(record.tid);
  }
  if (auto* thread = update.thread; thread != nullptr && record.type != code::SCHEDSWITCH_6_E) {
    if (thread->is_placeholder) ++statistics.thread_misses;
    if (!rule.needs_known_thread) thread->flags |= thread_flag::active;
    if (is_enter(record.type)) {
      thread->last_event_fd = -1;
      if (rule.fd_param >= 0) thread->last_event_fd = record.value<std::int64_t>(rule.fd_param);
      remember_enter(event, *thread, rule);
    } else {
      auto& enter = thread->enter;
      const bool is_pair = enter.valid() && belongs(enter.type, record.type);
      if (is_pair) {
        event.has_enter = !enter.is_used;
        const bool is_kept = event.has_enter && !enter.raw.empty();
        if (is_kept && decode_record(enter.raw, enter.is_v1, enter_) == RecordError::none) {
          update.enter = event.enter = &enter_;
          event.is_toctou = arguments_changed(enter_, record);
        }
      } else {
        thread->last_event_fd = -1;
      }
      if (event.has_enter) {
        event.enter_timestamp = enter.timestamp;
        if (record.timestamp > enter.timestamp) event.latency = record.timestamp - enter.timestamp;
      }
      enter.is_used = true;
      // Its enter event has no parameters, where sysdig 0.29.3 looks for the descriptor.
      const bool is_overlooked = record.type == code::SOCKET_SETSOCKOPT_X && !is_current_ && now == nullptr;
      if (rule.fd_param >= 0 && !is_overlooked && !record.param(rule.fd_param).empty()) {
        thread->last_event_fd = record.value<std::int64_t>(rule.fd_param);
      }
    }
    thread->last_latency = event.latency;
    thread->last_access_time = record.timestamp;
    if (rule.uses_fd) {
      event.descriptor = update.find_descriptor(thread->last_event_fd);
      if (event.descriptor == nullptr && thread->last_event_fd >= 0) ++statistics.descriptor_misses;
    }
  }

  if (rule.apply != nullptr) rule.apply(update);

  event.thread = update.thread != nullptr ? update.thread : threads.find(record.tid);
  if (event.thread == nullptr) return;
  if (rule.shows_fd) {
    event.fd = event.thread->last_event_fd;
    if (event.descriptor == nullptr && event.fd >= 0)
      event.descriptor = threads.descriptors(*event.thread).find(event.fd);
  }
}

void State::assign_container(Thread& thread) {
  thread.container_id.clear();
  auto reference = container_of(thread.cgroups, thread.root);
  if (!reference) return;
  thread.container_id = reference->id;
  reference->pid = thread.pid;
  containers.notice(*reference);
}

void State::find_containers() {
  for (const auto& [tid, thread] : threads) assign_container(*thread);
  for (auto& held : held_) {
    for (auto& thread : held.threads) assign_container(thread);
  }
}

bool State::ends_now(Thread& thread, std::int64_t fd) {
  auto* const closing = ended_fds_.empty() ? nullptr : threads.find(ended_fd_tid_);
  if (closing == nullptr || &threads.descriptors(*closing) != &threads.descriptors(thread)) return false;
  return std::find(ended_fds_.begin(), ended_fds_.end(), fd) != ended_fds_.end();
}

void State::reset() { *this = State(); }

void State::finish_tables() {
  started_ = true;
  threads.count_children();
  for (const auto& [tid, thread] : threads) {
    complete(*thread, machine);
    assign_container(*thread);
  }
  for (auto& held : held_) {
    for (auto& thread : held.threads) {
      complete(thread, machine);
      assign_container(thread);
    }
  }
}

void State::remove_what_the_last_event_ended() {
  if (ended_tid_ != -1) {
    if (reaper_tid_ > 0) hand_over_children();
    threads.keeps_ended_leaders = !is_current_ && now == nullptr;
    threads.remove(ended_tid_, false);
    ended_tid_ = -1;
    reaper_tid_ = 0;
  }
  if (ended_fds_.empty()) return;
  if (auto* thread = threads.find(ended_fd_tid_)) {
    auto& descriptors = threads.descriptors(*thread);
    for (const auto fd : ended_fds_) descriptors.erase(fd);
  }
  ended_fds_.clear();
}

// Parents are processes: while threads of the parent's group are left, the children stay with it.
void State::hand_over_children() {
  const auto* ended = threads.find(ended_tid_);
  const auto* reaper = threads.find(reaper_tid_);
  const auto reaper_pid = reaper == nullptr ? reaper_tid_ : reaper->pid;
  if (ended != nullptr && ended->pid != reaper_pid) threads.reparent(ended->pid, reaper_pid);
}

void State::purge_idle_threads() {
  constexpr std::uint64_t minute = 60'000'000'000;
  constexpr std::uint64_t idle_for = 30 * minute;
  next_purge_ = timestamp_ + 20 * minute;
  if (now == nullptr) return;
  std::vector<std::int64_t> ended;
  for (const auto& [tid, thread] : threads) {
    const bool is_idle = timestamp_ > thread->last_access_time + idle_for;
    if (is_idle && !now->has_thread(thread->pid, tid)) ended.push_back(tid);
  }
  for (const auto tid : ended) threads.remove(tid, true);
  statistics.purged_threads += ended.size();
}

}  // namespace tracer
