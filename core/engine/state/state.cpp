#include "state.hpp"

#include <algorithm>

#include "apply.hpp"
#include "path.hpp"
#include "rules.hpp"
#include "toctou.hpp"

namespace tracer {
namespace {

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

}  // namespace

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
  note_time(record.timestamp);
  if (timestamp_ >= next_purge_) purge_idle_threads();
  if (record.type >= event_code_count) {
    event.thread = threads.find(record.tid);
    return;
  }

  const bool is_of_0293 = has_shape_of_0293(record);
  is_current_ = is_current_ || (!is_of_0293 && is_newer_than_0293(record));
  const auto& rule = rule_of(record.type, is_of_0293);
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
      remember_enter(thread->enter, rule, record, record.raw, event.number);
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

void State::close_descriptor(Thread& thread, Descriptor& descriptor, std::int64_t result) {
  // The kernel gives the number back even where close reports an error; EBADF says that it was free before.
  if (result < 0 && !is_current_) {
    descriptor.close_in_progress = false;
  } else if (descriptor.close_canceled) {
    descriptor.close_canceled = false;
    end_descriptor(thread.tid, DescriptorTable::canceled_fd);
  } else {
    end_descriptor(thread.tid, thread.last_event_fd);
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

void State::reset() {
  auto* const same_host = host;
  *this = State();
  host = same_host;
}

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
