// Whose a process is and what it may do: users, groups, sessions, limits, capabilities; and the machine's user table.
#include "apply.hpp"

namespace tracer {
namespace {

constexpr std::uint64_t all_capabilities = (std::uint64_t{1} << 41) - 1;

template <std::size_t in_exit, std::size_t in_enter>
void apply_uid(Update& update) {
  if (update.thread == nullptr || update.result() < 0 || update.param(in_exit, in_enter).empty()) return;
  const auto uid = update.value<std::uint32_t>(in_exit, in_enter);
  if (uid != no_id) update.thread->uid = uid;  // which the calls take for "leave it"
}

template <std::size_t in_exit, std::size_t in_enter>
void apply_gid(Update& update) {
  if (update.thread == nullptr || update.result() < 0 || update.param(in_exit, in_enter).empty()) return;
  const auto gid = update.value<std::uint32_t>(in_exit, in_enter);
  if (gid != no_id) update.thread->gid = gid;
}

void apply_setsid(Update& update) {
  if (update.thread != nullptr && update.result() >= 0) update.thread->sid = update.result();
}

void apply_capset(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  update.thread->cap_inheritable = update.record.value<std::uint64_t>(1);
  update.thread->cap_permitted = update.record.value<std::uint64_t>(2);
  update.thread->cap_effective = update.record.value<std::uint64_t>(3);
}

// Whoever enters a new user namespace may do everything in it.
template <std::size_t flags_param>
void apply_namespace(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  if (!(update.record.value<std::uint32_t>(flags_param) & flags::clone_flags::CLONE_NEWUSER_)) return;
  update.thread->cap_inheritable = all_capabilities;
  update.thread->cap_permitted = all_capabilities;
  update.thread->cap_effective = all_capabilities;
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

constexpr std::size_t nowhere = max_params;

constexpr Handler handlers[] = {
    {code::SYSCALL_SETUID_X, apply_uid<1, 0>, true},
    {code::SYSCALL_SETGID_X, apply_gid<1, 0>, true},
    {code::SYSCALL_SETRESUID_X, apply_uid<2, 1>, true},
    {code::SYSCALL_SETRESGID_X, apply_gid<2, 1>, true},
    {code::SYSCALL_SETREUID_X, apply_uid<2, nowhere>},
    {code::SYSCALL_SETREGID_X, apply_gid<2, nowhere>},
    {code::SYSCALL_SETSID_X, apply_setsid},
    {code::SYSCALL_CAPSET_X, apply_capset},
    {code::SYSCALL_UNSHARE_X, apply_namespace<1>},
    {code::SYSCALL_SETNS_X, apply_namespace<2>},
    {code::SYSCALL_GETRLIMIT_X, apply_rlimit, true},
    {code::SYSCALL_SETRLIMIT_X, apply_rlimit, true},
    {code::SYSCALL_PRLIMIT_X, apply_prlimit, true},
    {code::USER_ADDED_E, apply_user_added},
    {code::USER_DELETED_E, apply_user_deleted},
    {code::GROUP_ADDED_E, apply_group_added},
    {code::GROUP_DELETED_E, apply_group_deleted},
};

}  // namespace

std::span<const Handler> identity_handlers() { return handlers; }

}  // namespace tracer
