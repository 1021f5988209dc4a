#include "change.hpp"

namespace tracer {
namespace {

constexpr std::int64_t connect_goes_on = -115;  // EINPROGRESS

void add_descriptor(Change& change, std::int64_t fd) {
  if (fd >= 0) change.descriptors.push_back(fd);
}

// The result where that is one; else all that the event names, as for pipes.
void add_created(Change& change, const Record& record) {
  const auto params = record.info().params;
  if (!params.empty() && params[0].type == ParamType::fd_) {
    add_descriptor(change, record.value<std::int64_t>(0));
    return;
  }
  for (std::size_t i = 1; i < record.param_count; ++i) {
    if (params[i].type == ParamType::fd_) add_descriptor(change, record.value<std::int64_t>(i));
  }
}

void add_used(Change& change, const Record& record) {
  const auto params = record.info().params;
  for (std::size_t i = 1; i < record.param_count; ++i) {
    if (params[i].type == ParamType::fd_) return add_descriptor(change, record.value<std::int64_t>(i));
  }
}

// Then the parent does not know the child's number as records have it.
bool is_in_pid_namespace(const Record& record) {
  constexpr std::size_t clone_flags = 15, clone_vtid = 18;
  return (record.value<std::uint32_t>(clone_flags) & flags::clone_flags::CLONE_CHILD_IN_PIDNS_) != 0 ||
         record.value<std::int64_t>(clone_vtid) != record.tid;
}

}  // namespace

Change change_of(const Record& record) {
  Change change;
  if (record.type == code::PROCEXIT_1_E) change.ends = true;
  if (is_enter(record.type) || record.param_count == 0) return change;
  const auto result = record.value<std::int64_t>(0);
  if (result < 0 && !(record.type == code::SOCKET_CONNECT_X && result == connect_goes_on)) return change;
  switch (record.type) {
    case code::SYSCALL_CLONE_20_X:
    case code::SYSCALL_FORK_20_X:
    case code::SYSCALL_VFORK_20_X:
    case code::SYSCALL_CLONE3_X:
      change.begins = result == 0;
      if (result > 0 && !is_in_pid_namespace(record)) change.child = result;
      return change;
    case code::SYSCALL_EXECVE_19_X:
    case code::SYSCALL_EXECVEAT_X:
      change.program = true;
      return change;
    case code::SYSCALL_CHDIR_X:
    case code::SYSCALL_FCHDIR_X:
    case code::SYSCALL_CHROOT_X:
      change.directory = true;
      return change;
    case code::SYSCALL_SETUID_X:
    case code::SYSCALL_SETGID_X:
    case code::SYSCALL_SETREUID_X:
    case code::SYSCALL_SETREGID_X:
    case code::SYSCALL_SETRESUID_X:
    case code::SYSCALL_SETRESGID_X:
      change.identity = true;
      return change;
    case code::SYSCALL_PRCTL_X:
      change.name = record.value<std::uint32_t>(1) == flags::prctl_options::PR_SET_NAME_;
      return change;
    case code::SOCKET_CONNECT_X:
    case code::SOCKET_BIND_X:
      add_used(change, record);
      return change;
    case code::SYSCALL_FCNTL_X: {
      const auto command = record.value<std::uint8_t>(2);
      if (command == flags::fcntl_commands::F_DUPFD_ || command == flags::fcntl_commands::F_DUPFD_CLOEXEC_)
        add_descriptor(change, result);
      return change;
    }
    default:
      break;
  }
  const auto flags = record.info().flags;
  if (flags & event_flag::creates_fd) {
    add_created(change, record);
  } else if (flags & event_flag::destroys_fd) {
    add_used(change, record);
  }
  return change;
}

}  // namespace tracer
