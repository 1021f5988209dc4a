// Descriptors are closed, copied, and made by calls that open no file.
#include "apply.hpp"

namespace tracer {
namespace {

void apply_close_enter(Update& update) {
  if (update.event.descriptor != nullptr) update.event.descriptor->close_in_progress = true;
}

void apply_close(Update& update) {
  auto* descriptor = update.event.descriptor;
  if (update.thread != nullptr && descriptor != nullptr) {
    update.state.close_descriptor(*update.thread, *descriptor, update.result());
  }
}

void apply_close_range(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  const auto first = update.record.value<std::uint32_t>(1);
  const auto last = update.record.value<std::uint32_t>(2);
  const auto flags = update.record.value<std::uint32_t>(3);
  if (flags & flags::close_range_flags::CLOSE_RANGE_UNSHARE_) update.state.threads.unshare_descriptors(*update.thread);
  const bool marks = flags & flags::close_range_flags::CLOSE_RANGE_CLOEXEC_;
  for (auto& [fd, descriptor] : update.descriptors()) {
    if (fd < first || fd > last) continue;
    if (marks) {
      descriptor.set_close_on_exec(true);
    } else {
      update.close(fd);
    }
  }
}

void copy_descriptor(Update& update, bool closes_on_exec) {
  if (update.event.descriptor == nullptr) {
    if (update.is_current()) update.receive(update.result(), closes_on_exec);
    return;
  }
  auto copy = *update.event.descriptor;
  copy.set_close_on_exec(closes_on_exec);
  update.open(update.result(), std::move(copy));
  update.event.descriptor_name_changed = false;
}

void apply_dup(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  // A thread that moves a descriptor to its standard input or output is likely part of a shell's pipe.
  if (update.result() == 0) update.thread->flags |= thread_flag::pipe_destination;
  if (update.result() == 1) update.thread->flags |= thread_flag::pipe_source;
  const bool is_dup3 = update.record.type == code::SYSCALL_DUP3_X;
  const bool is_dup2 = update.record.type == code::SYSCALL_DUP2_X;
  if (is_dup2 && update.result() == update.thread->last_event_fd) return;  // then dup2 does nothing
  copy_descriptor(update, is_dup3 && (update.record.value<std::uint32_t>(3) & flags::file_flags::O_CLOEXEC_));
}

void set_status_flags(Descriptor& descriptor, std::uint64_t kernel_flags) {
  using namespace flags::file_flags;
  constexpr std::uint64_t kernel_append = 02000, kernel_nonblock = 04000, kernel_direct = 040000;
  descriptor.open_flags &= ~(O_APPEND_ | O_NONBLOCK_ | O_DIRECT_);
  if (kernel_flags & kernel_append) descriptor.open_flags |= O_APPEND_;
  if (kernel_flags & kernel_nonblock) descriptor.open_flags |= O_NONBLOCK_;
  if (kernel_flags & kernel_direct) descriptor.open_flags |= O_DIRECT_;
}

void apply_fcntl(Update& update) {
  using namespace flags::fcntl_commands;
  if (update.thread == nullptr || update.result() < 0) return;
  const auto command = update.value<std::uint8_t>(2, 1);
  if (command == F_DUPFD_ || command == F_DUPFD_CLOEXEC_) return copy_descriptor(update, command == F_DUPFD_CLOEXEC_);
  auto* const descriptor = update.event.descriptor;
  if (descriptor == nullptr || !update.record.has_param(3)) return;
  const auto argument = update.record.value<std::uint64_t>(3);
  if (command == F_SETFD_) descriptor->set_close_on_exec(argument & 1);  // FD_CLOEXEC, the only flag there is
  if (command == F_SETFL_) set_status_flags(*descriptor, argument);
}

void apply_ioctl(Update& update) {
  constexpr std::uint64_t clear_close_on_exec = 0x5450, set_close_on_exec = 0x5451;  // FIONCLEX, FIOCLEX
  if (update.event.descriptor == nullptr || !update.record.has_param(2) || update.result() < 0) return;
  const auto request = update.record.value<std::uint64_t>(2);
  if (request == clear_close_on_exec || request == set_close_on_exec) {
    update.event.descriptor->set_close_on_exec(request == set_close_on_exec);
  }
}

void apply_pipe(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  Descriptor pipe;
  pipe.type = DescriptorType::fifo;
  pipe.inode = update.record.value<std::uint64_t>(3);
  pipe.open_flags = update.record.value<std::uint32_t>(4);
  update.open(update.record.value<std::int64_t>(1), pipe);
  update.open(update.record.value<std::int64_t>(2), pipe);
}

// Parameters that hold flags of open.
constexpr int no_flags = -1;         // the call has none
constexpr int always_on_exec = -2;   // the kernel itself has it closed on exec
constexpr int unknown_on_exec = -3;  // the call has flags, the event has not

void open_nameless(Update& update, DescriptorType type, int flags_param) {
  if (update.thread == nullptr || update.result() < 0) return;
  Descriptor descriptor;
  descriptor.type = type;
  if (flags_param == always_on_exec) descriptor.set_close_on_exec(true);
  descriptor.may_close_on_exec = flags_param == unknown_on_exec;
  if (flags_param >= 0) {
    const auto flags = update.record.param(static_cast<std::size_t>(flags_param));
    descriptor.open_flags = flags.size() == 2 ? read_value<std::uint16_t>(flags) : read_value<std::uint32_t>(flags);
  }
  update.open(update.result(), std::move(descriptor));
}

template <DescriptorType type, int flags_param = no_flags>
void apply_nameless(Update& update) {
  open_nameless(update, type, flags_param);
}

// signalfd makes a descriptor, or changes the one it is given.
template <int flags_param, std::size_t fd_param>
void apply_signalfd(Update& update) {
  const bool is_given = update.record.has_param(fd_param) && update.record.value<std::int64_t>(fd_param) >= 0;
  if (!is_given) open_nameless(update, DescriptorType::signalfd, flags_param);
}

void apply_epoll_create1(Update& update) {
  open_nameless(update, DescriptorType::eventpoll, no_flags);
  const bool closes = update.record.value<std::uint32_t>(1) & flags::epoll_create1_flags::EPOLL_CLOEXEC_;
  if (update.event.descriptor != nullptr && update.result() >= 0) update.event.descriptor->set_close_on_exec(closes);
}

bool makes_descriptor(std::uint32_t bpf_command) {
  using namespace flags::bpf_commands;
  switch (bpf_command) {
    case BPF_MAP_CREATE_:
    case BPF_PROG_LOAD_:
    case BPF_OBJ_GET_:
    case BPF_PROG_GET_FD_BY_ID_:
    case BPF_MAP_GET_FD_BY_ID_:
    case BPF_RAW_TRACEPOINT_OPEN_:
    case BPF_BTF_LOAD_:
    case BPF_BTF_GET_FD_BY_ID_:
    case BPF_LINK_CREATE_:
    case BPF_LINK_GET_FD_BY_ID_:
    case BPF_ENABLE_STATS_:
    case BPF_ITER_CREATE_:
      return true;
    default:
      return false;
  }
}

void apply_bpf(Update& update) {
  if (makes_descriptor(update.record.value<std::uint32_t>(1))) {
    open_nameless(update, DescriptorType::bpf, always_on_exec);
  } else if (update.thread != nullptr) {
    update.thread->last_event_fd = -1;
  }
}

void apply_memfd_create(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  Descriptor descriptor;
  descriptor.type = DescriptorType::memfd;
  descriptor.name = update.record.text(1);
  descriptor.set_close_on_exec(update.record.value<std::uint32_t>(2) & flags::memfd_create_flags::MFD_CLOEXEC_);
  update.open(update.result(), std::move(descriptor));
}

void apply_pidfd_open(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  Descriptor descriptor;
  descriptor.type = DescriptorType::pidfd;
  descriptor.set_close_on_exec(true);
  const auto pid = update.record.value<std::int64_t>(1);
  descriptor.name = "/proc/" + std::to_string(pid);
  // In another pid namespace the number is that namespace's.
  if (update.thread->tid == update.thread->vtid) descriptor.pid = pid;
  update.open(update.result(), std::move(descriptor));
}

// Takes over a descriptor of another process.
void apply_pidfd_getfd(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  const auto* pidfd = update.find_descriptor(update.record.value<std::int64_t>(1));
  if (pidfd == nullptr || pidfd->type != DescriptorType::pidfd) return update.receive(update.result(), true);
  auto* other = update.state.threads.find(pidfd->pid);
  const auto target = update.record.value<std::int64_t>(2);
  const auto* found = other == nullptr || target < 0 ? nullptr : update.state.threads.descriptors(*other).find(target);
  if (found == nullptr) return update.receive(update.result(), true);
  auto copy = *found;
  copy.set_close_on_exec(true);
  update.open(update.result(), std::move(copy));
}

constexpr Handler handlers[] = {
    {code::SYSCALL_CLOSE_E, apply_close_enter, false, Effect::close_enter},
    {code::SYSCALL_CLOSE_X, apply_close, false, Effect::close_exit},
    {code::SYSCALL_CLOSE_RANGE_X, apply_close_range},
    {code::SYSCALL_DUP_X, apply_dup},
    {code::SYSCALL_DUP_1_X, apply_dup},
    {code::SYSCALL_DUP2_X, apply_dup},
    {code::SYSCALL_DUP3_X, apply_dup},
    {code::SYSCALL_FCNTL_X, apply_fcntl, true},
    {code::SYSCALL_IOCTL_3_X, apply_ioctl},
    {code::SYSCALL_PIPE_X, apply_pipe},
    {code::SYSCALL_PIPE2_X, apply_pipe},
    {code::SYSCALL_EVENTFD_X, apply_nameless<DescriptorType::event>},
    {code::SYSCALL_EVENTFD2_X, apply_nameless<DescriptorType::event, 1>},
    {code::SYSCALL_SIGNALFD_X, apply_signalfd<no_flags, 1>},
    {code::SYSCALL_SIGNALFD4_X, apply_signalfd<1, 2>},
    {code::SYSCALL_TIMERFD_CREATE_X, apply_nameless<DescriptorType::timerfd, unknown_on_exec>},
    {code::SYSCALL_INOTIFY_INIT_X, apply_nameless<DescriptorType::inotify>},
    {code::SYSCALL_INOTIFY_INIT1_X, apply_nameless<DescriptorType::inotify, 1>},
    {code::SYSCALL_EPOLL_CREATE_X, apply_nameless<DescriptorType::eventpoll>},
    {code::SYSCALL_EPOLL_CREATE1_X, apply_epoll_create1},
    {code::SYSCALL_BPF_2_X, apply_bpf},
    {code::SYSCALL_USERFAULTFD_X, apply_nameless<DescriptorType::userfaultfd, 1>},
    {code::SYSCALL_IO_URING_SETUP_X, apply_nameless<DescriptorType::io_uring, always_on_exec>},
    {code::SYSCALL_MEMFD_CREATE_X, apply_memfd_create},
    {code::SYSCALL_PIDFD_OPEN_X, apply_pidfd_open},
    {code::SYSCALL_PIDFD_GETFD_X, apply_pidfd_getfd},
};

}  // namespace

std::span<const Handler> descriptor_handlers() { return handlers; }

}  // namespace tracer
