// Descriptors are closed, copied, and made by calls that open no file.
#include "apply.hpp"

namespace tracer {
namespace {

void apply_close_enter(Update& update) {
  if (update.event.descriptor != nullptr) update.event.descriptor->close_in_progress = true;
}

void apply_close(Update& update) {
  auto* descriptor = update.event.descriptor;
  if (update.thread == nullptr || descriptor == nullptr) return;
  if (update.result() < 0) {
    descriptor->close_in_progress = false;
  } else if (descriptor->close_canceled) {
    descriptor->close_canceled = false;
    update.close(DescriptorTable::canceled_fd);
  } else {
    update.close(update.thread->last_event_fd);
  }
}

void apply_close_range(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  const auto first = update.record.value<std::uint32_t>(1);
  const auto last = update.record.value<std::uint32_t>(2);
  if (update.record.value<std::uint32_t>(3) & flags::close_range_flags::CLOSE_RANGE_CLOEXEC_) return;
  for (const auto& [fd, descriptor] : update.descriptors()) {
    if (fd >= first && fd <= last) update.close(fd);
  }
}

void copy_descriptor(Update& update) {
  if (update.event.descriptor == nullptr) return;
  auto copy = *update.event.descriptor;
  update.open(update.result(), std::move(copy));
  update.event.descriptor_name_changed = false;
}

void apply_dup(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  // A thread that moves a descriptor to its standard input or output is likely part of a shell's pipe.
  if (update.result() == 0) update.thread->flags |= thread_flag::pipe_destination;
  if (update.result() == 1) update.thread->flags |= thread_flag::pipe_source;
  copy_descriptor(update);
}

void apply_fcntl(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  const auto command = update.value<std::uint8_t>(2, 1);
  if (command == flags::fcntl_commands::F_DUPFD_ || command == flags::fcntl_commands::F_DUPFD_CLOEXEC_) {
    copy_descriptor(update);
  }
}

void apply_pipe(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  Descriptor pipe;
  pipe.type = DescriptorType::fifo;
  pipe.inode = update.record.value<std::uint64_t>(3);
  update.open(update.record.value<std::int64_t>(1), pipe);
  update.open(update.record.value<std::int64_t>(2), pipe);
}

template <DescriptorType type>
void apply_nameless(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  Descriptor descriptor;
  descriptor.type = type;
  update.open(update.result(), std::move(descriptor));
}

void apply_memfd_create(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  Descriptor descriptor;
  descriptor.type = DescriptorType::memfd;
  descriptor.name = update.record.text(1);
  update.open(update.result(), std::move(descriptor));
}

void apply_pidfd_open(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  Descriptor descriptor;
  descriptor.type = DescriptorType::pidfd;
  descriptor.pid = update.record.value<std::int64_t>(1);
  update.open(update.result(), std::move(descriptor));
}

// Takes over a descriptor of another process.
void apply_pidfd_getfd(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  const auto* pidfd = update.find_descriptor(update.record.value<std::int64_t>(1));
  if (pidfd == nullptr || pidfd->type != DescriptorType::pidfd) return;
  auto* other = update.state.threads.find(pidfd->pid);
  if (other == nullptr) return;
  const auto target = update.record.value<std::int64_t>(2);
  const auto* found = target < 0 ? nullptr : update.state.threads.descriptors(*other).find(target);
  if (found == nullptr) return;
  auto copy = *found;
  update.open(update.result(), std::move(copy));
}

constexpr Handler handlers[] = {
    {code::SYSCALL_CLOSE_E, apply_close_enter},
    {code::SYSCALL_CLOSE_X, apply_close},
    {code::SYSCALL_CLOSE_RANGE_X, apply_close_range},
    {code::SYSCALL_DUP_X, apply_dup},
    {code::SYSCALL_DUP_1_X, apply_dup},
    {code::SYSCALL_DUP2_X, apply_dup},
    {code::SYSCALL_DUP3_X, apply_dup},
    {code::SYSCALL_FCNTL_X, apply_fcntl, true},
    {code::SYSCALL_PIPE_X, apply_pipe},
    {code::SYSCALL_PIPE2_X, apply_pipe},
    {code::SYSCALL_EVENTFD_X, apply_nameless<DescriptorType::event>},
    {code::SYSCALL_EVENTFD2_X, apply_nameless<DescriptorType::event>},
    {code::SYSCALL_SIGNALFD_X, apply_nameless<DescriptorType::signalfd>},
    {code::SYSCALL_SIGNALFD4_X, apply_nameless<DescriptorType::signalfd>},
    {code::SYSCALL_TIMERFD_CREATE_X, apply_nameless<DescriptorType::timerfd>},
    {code::SYSCALL_INOTIFY_INIT_X, apply_nameless<DescriptorType::inotify>},
    {code::SYSCALL_INOTIFY_INIT1_X, apply_nameless<DescriptorType::inotify>},
    {code::SYSCALL_EPOLL_CREATE_X, apply_nameless<DescriptorType::eventpoll>},
    {code::SYSCALL_EPOLL_CREATE1_X, apply_nameless<DescriptorType::eventpoll>},
    {code::SYSCALL_BPF_2_X, apply_nameless<DescriptorType::bpf>},
    {code::SYSCALL_USERFAULTFD_X, apply_nameless<DescriptorType::userfaultfd>},
    {code::SYSCALL_IO_URING_SETUP_X, apply_nameless<DescriptorType::io_uring>},
    {code::SYSCALL_MEMFD_CREATE_X, apply_memfd_create},
    {code::SYSCALL_PIDFD_OPEN_X, apply_pidfd_open},
    {code::SYSCALL_PIDFD_GETFD_X, apply_pidfd_getfd},
};

}  // namespace

std::span<const Handler> descriptor_handlers() { return handlers; }

}  // namespace tracer
