// Whose a process is and what it may do: users, groups, sessions, limits, capabilities; and the machine's user table.
#include "apply.hpp"

namespace tracer {
namespace {

constexpr std::uint64_t all_capabilities = (std::uint64_t{1} << 41) - 1;

struct UserIds {
  std::uint32_t real, effective, saved;
  bool any_is_root() const { return real == 0 || effective == 0 || saved == 0; }
  bool all_are_known() const { return real != no_id && effective != no_id && saved != no_id; }
};

// What the kernel does to the capabilities of a thread whose user changes (capabilities(7)).
void adjust_capabilities(Thread& thread, const UserIds& before, const UserIds& after) {
  if (before.any_is_root() && after.all_are_known() && !after.any_is_root() && !thread.keeps_capabilities) {
    thread.cap_permitted = 0;
    thread.cap_effective = 0;
  }
  if (before.effective == 0 && after.effective != 0) thread.cap_effective = 0;
  if (before.effective != 0 && after.effective == 0) thread.cap_effective = thread.cap_permitted;
}

void set_users(Update& update, const UserIds& after) {
  auto& thread = *update.thread;
  const UserIds before{thread.real_uid, thread.uid, thread.saved_uid};
  thread.real_uid = after.real;
  thread.uid = after.effective;
  thread.saved_uid = after.saved;
  if (update.is_current()) adjust_capabilities(thread, before, after);
}

// no_id is what the calls take for "leave it".
std::uint32_t or_else(std::uint32_t id, std::uint32_t otherwise) { return id != no_id ? id : otherwise; }

bool has_param(Update& update, std::size_t in_exit, std::size_t in_enter) {
  return update.thread != nullptr && update.result() >= 0 && !update.param(in_exit, in_enter).empty();
}

void apply_setuid(Update& update) {
  constexpr std::uint64_t may_set_uid = 1 << 7;  // CAP_SETUID
  if (!has_param(update, 1, 0)) return;
  const auto& thread = *update.thread;
  const auto uid = update.value<std::uint32_t>(1, 0);
  if (uid == no_id) return;
  const bool sets_all = thread.uid == 0 || (thread.cap_effective & may_set_uid);
  set_users(update, sets_all ? UserIds{uid, uid, uid} : UserIds{thread.real_uid, uid, thread.saved_uid});
}

void apply_setresuid(Update& update) {
  if (!has_param(update, 2, 1)) return;
  const auto& thread = *update.thread;
  set_users(update, {or_else(update.value<std::uint32_t>(1, 0), thread.real_uid),
                     or_else(update.value<std::uint32_t>(2, 1), thread.uid),
                     or_else(update.value<std::uint32_t>(3, 2), thread.saved_uid)});
}

void apply_setreuid(Update& update) {
  constexpr std::size_t nowhere = max_params;
  if (!has_param(update, 2, nowhere)) return;
  const auto& thread = *update.thread;
  const auto real = update.record.value<std::uint32_t>(1), effective = update.record.value<std::uint32_t>(2);
  const bool saves = real != no_id || (effective != no_id && effective != thread.real_uid);
  const auto uid = or_else(effective, thread.uid);
  set_users(update, {or_else(real, thread.real_uid), uid, saves ? uid : thread.saved_uid});
}

template <std::size_t in_exit, std::size_t in_enter>
void apply_gid(Update& update) {
  if (update.thread == nullptr || update.result() < 0 || update.param(in_exit, in_enter).empty()) return;
  const auto gid = update.value<std::uint32_t>(in_exit, in_enter);
  if (gid != no_id) update.thread->gid = gid;
}

template <auto member, typename Value>
void set_for_process(Update& update, Thread& thread, Value value) {
  thread.*member = value;
  if (update.is_current()) update.state.threads.main_thread(thread).*member = value;
}

// The new session has a group of its own and no terminal.
void apply_setsid(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  auto& thread = *update.thread;
  set_for_process<&Thread::sid>(update, thread, update.result());
  if (!update.is_current()) return;
  set_for_process<&Thread::vpgid>(update, thread, update.result());
  set_for_process<&Thread::pgid>(update, thread, thread.pid);
  set_for_process<&Thread::tty>(update, thread, std::uint32_t{0});
}

// The ids are those of the caller's pid namespace: inside one, others than its own cannot be told from here.
void apply_setpgid(Update& update) {
  if (update.thread == nullptr || update.result() < 0 || !update.record.has_param(2)) return;
  const auto& caller = *update.thread;
  const auto pid = update.record.value<std::int64_t>(1), pgid = update.record.value<std::int64_t>(2);
  const bool is_in_namespace = caller.tid != caller.vtid;
  auto* process = pid == 0 || pid == caller.vpid ? update.thread
                  : is_in_namespace              ? nullptr
                                                 : update.state.threads.find(pid);
  if (process == nullptr) return;
  const auto group = pgid == 0 ? process->vpid : pgid;
  set_for_process<&Thread::vpgid>(update, *process, group);
  if (group == process->vpid) {
    set_for_process<&Thread::pgid>(update, *process, process->pid);
  } else if (!is_in_namespace) {
    set_for_process<&Thread::pgid>(update, *process, group);
  }
}

// The kernel keeps 15 characters of a thread's name.
void apply_prctl(Update& update) {
  constexpr std::size_t longest_name = 15;
  if (update.thread == nullptr || update.result() < 0) return;
  const auto& record = update.record;
  switch (record.value<std::uint32_t>(1)) {
    case flags::prctl_options::PR_SET_NAME_:
      update.thread->comm = record.text(2).substr(0, longest_name);
      break;
    case flags::prctl_options::PR_SET_KEEPCAPS_:
      update.thread->keeps_capabilities = record.value<std::int64_t>(3) != 0;
      break;
    default:
      break;
  }
}

void apply_capset(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  update.thread->cap_inheritable = update.record.value<std::uint64_t>(1);
  update.thread->cap_permitted = update.record.value<std::uint64_t>(2);
  update.thread->cap_effective = update.record.value<std::uint64_t>(3);
}

// Whoever enters a new user namespace may do everything in it.
void apply_namespace(Update& update, std::uint32_t namespaces) {
  if (!(namespaces & flags::clone_flags::CLONE_NEWUSER_)) return;
  update.thread->cap_inheritable = all_capabilities;
  update.thread->cap_permitted = all_capabilities;
  update.thread->cap_effective = all_capabilities;
}

// A mount namespace of its own implies a working directory of its own.
void apply_unshare(Update& update) {
  using namespace flags::clone_flags;
  if (update.thread == nullptr || update.result() < 0) return;
  const auto unshared = update.record.value<std::uint32_t>(1);
  auto& threads = update.state.threads;
  if (unshared & CLONE_FILES_) threads.unshare_descriptors(*update.thread);
  if (unshared & (CLONE_FS_ | CLONE_NEWNS_)) threads.unshare_working_directory(*update.thread);
  apply_namespace(update, unshared);
}

// Whoever enters another mount namespace starts at its root.
void apply_setns(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  const auto namespaces = update.record.value<std::uint32_t>(2);
  const bool is_of_mounts =
      (namespaces & flags::clone_flags::CLONE_NEWNS_) ||
      (namespaces == 0 && update.event.descriptor != nullptr && update.event.descriptor->name.ends_with("/ns/mnt"));
  if (is_of_mounts && update.is_current()) update.state.threads.working_directory(*update.thread).assign(1, '/');
  apply_namespace(update, namespaces);
}

void set_fd_limit(Update& update, Thread& thread, Bytes resource) {
  if (resource.empty() || read_value<std::uint8_t>(resource) != flags::rlimit_resources::RLIMIT_NOFILE_) return;
  const auto limit = update.record.value<std::int64_t>(1);
  if (limit != -1) update.state.threads.main_thread(thread).fd_limit = limit;
}

void apply_rlimit(Update& update) {
  if (update.thread != nullptr && update.result() >= 0) set_fd_limit(update, *update.thread, update.param(3, 0));
}

void apply_prlimit(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  const auto pid = update.value<std::int64_t>(5, 0);
  auto* thread = pid == 0 ? update.thread : update.state.threads.find(pid);
  if (thread != nullptr) set_fd_limit(update, *thread, update.param(6, 1));
}

// Users and groups of containers are none of the machine's.
bool is_of_the_host(const Record& record, std::size_t container_param) { return record.text(container_param).empty(); }

void apply_user_added(Update& update) {
  const auto& record = update.record;
  if (!is_of_the_host(record, 5)) return;
  const auto uid = record.value<std::uint32_t>(0);
  update.state.users[uid] = {uid, record.value<std::uint32_t>(1), std::string(record.text(2)),
                             std::string(record.text(3)), std::string(record.text(4))};
}

void apply_user_deleted(Update& update) {
  if (is_of_the_host(update.record, 5)) update.state.users.erase(update.record.value<std::uint32_t>(0));
}

void apply_group_added(Update& update) {
  if (!is_of_the_host(update.record, 2)) return;
  const auto gid = update.record.value<std::uint32_t>(0);
  update.state.groups[gid] = {gid, std::string(update.record.text(1))};
}

void apply_group_deleted(Update& update) {
  if (is_of_the_host(update.record, 2)) update.state.groups.erase(update.record.value<std::uint32_t>(0));
}

// As captures of 2016 tell of them.
void apply_old_container(Update& update) {
  const auto& record = update.record;
  Container container;
  container.id = record.text(0);
  container.type = container_type(record.value<std::uint32_t>(1));
  container.name = record.text(2);
  container.image = record.text(3);
  if (!container.id.empty()) update.state.containers.set(std::move(container));
}

void apply_container(Update& update) {
  if (auto container = parse_container(update.record.text(0))) update.state.containers.set(std::move(*container));
}

constexpr std::size_t nowhere = max_params;

constexpr Handler handlers[] = {
    {code::SYSCALL_SETUID_X, apply_setuid, true},
    {code::SYSCALL_SETGID_X, apply_gid<1, 0>, true},
    {code::SYSCALL_SETRESUID_X, apply_setresuid, true},
    {code::SYSCALL_SETRESGID_X, apply_gid<2, 1>, true},
    {code::SYSCALL_SETREUID_X, apply_setreuid},
    {code::SYSCALL_SETREGID_X, apply_gid<2, nowhere>},
    {code::SYSCALL_SETSID_X, apply_setsid},
    {code::SYSCALL_SETPGID_X, apply_setpgid},
    {code::SYSCALL_PRCTL_X, apply_prctl},
    {code::SYSCALL_CAPSET_X, apply_capset},
    {code::SYSCALL_UNSHARE_X, apply_unshare},
    {code::SYSCALL_SETNS_X, apply_setns},
    {code::SYSCALL_GETRLIMIT_X, apply_rlimit, true},
    {code::SYSCALL_SETRLIMIT_X, apply_rlimit, true},
    {code::SYSCALL_PRLIMIT_X, apply_prlimit, true},
    {code::USER_ADDED_E, apply_user_added},
    {code::USER_DELETED_E, apply_user_deleted},
    {code::GROUP_ADDED_E, apply_group_added},
    {code::GROUP_DELETED_E, apply_group_deleted},
    {code::CONTAINER_E, apply_old_container},
    {code::CONTAINER_JSON_E, apply_container},
    {code::CONTAINER_JSON_2_E, apply_container},
};

}  // namespace

std::span<const Handler> identity_handlers() { return handlers; }

}  // namespace tracer
