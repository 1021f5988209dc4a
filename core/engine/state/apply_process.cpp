// Threads come and go: clone, fork, vfork, procexit; and what the scheduler and the memory calls tell of them.
#include "apply.hpp"
#include "control_groups.hpp"
#include "effects.hpp"

namespace tracer {
namespace {

namespace clone_flags = flags::clone_flags;

// A fork copies what its event does not carry: bounds on what a small stream can make of that.
constexpr std::size_t longest_inherited = 4096;
constexpr std::size_t most_inherited_descriptors = 1'000'000;  // by all threads together

constexpr std::uint64_t stale_after = 2'000'000'000;  // ns after which a clone cannot be this child's any more
constexpr std::uint64_t lost_after = 60'000'000'000;  // the same, where it is known that the child has not been seen

// Where the versions of the clone, fork and vfork events keep their values. -1: not there.
struct CloneShape {
  int comm, cgroups, flags, uid, gid, vtid, vpid;
  bool has_memory;
};

constexpr CloneShape shape_11{-1, -1, 8, 9, 10, -1, -1, false};
constexpr CloneShape shape_16{-1, -1, 13, 14, 15, -1, -1, true};
constexpr CloneShape shape_17{13, -1, 14, 15, 16, -1, -1, true};
constexpr CloneShape shape_20{13, 14, 15, 16, 17, 18, 19, true};

const CloneShape& shape_of(std::uint16_t type) {
  switch (type) {
    case code::SYSCALL_CLONE_11_X:
      return shape_11;
    case code::SYSCALL_CLONE_16_X:
    case code::SYSCALL_FORK_X:
    case code::SYSCALL_VFORK_X:
      return shape_16;
    case code::SYSCALL_CLONE_17_X:
    case code::SYSCALL_FORK_17_X:
    case code::SYSCALL_VFORK_17_X:
      return shape_17;
    default:
      return shape_20;
  }
}

// What a clone event says of the child and of where it comes from.
struct CloneEvent {
  const Record& record;
  const CloneShape& shape;
  std::uint32_t flags;
  std::int64_t vtid;
  std::int64_t vpid;

  explicit CloneEvent(const Record& of)
      : record(of),
        shape(shape_of(of.type)),
        flags(record.value<std::uint32_t>(shape.flags)),
        vtid(shape.vtid < 0 ? record.tid : record.value<std::int64_t>(shape.vtid)),
        vpid(shape.vpid < 0 ? -1 : record.value<std::int64_t>(shape.vpid)) {}

  std::int64_t result() const { return record.value<std::int64_t>(0); }
  std::string_view exe() const { return record.text(1); }
  std::string_view args() const { return as_text(record.param(2)); }
  std::string_view comm() const {
    return shape.comm < 0 || record.param(shape.comm).empty() ? exe() : record.text(shape.comm);
  }
  std::int64_t pid() const { return record.value<std::int64_t>(4); }
  std::int64_t ptid() const { return record.value<std::int64_t>(5); }
  bool makes_thread() const { return (flags & clone_flags::CLONE_THREAD_) != 0; }
  // Then the parent's event does not know the child's ids as this stream numbers threads.
  bool in_pid_namespace() const { return (flags & clone_flags::CLONE_CHILD_IN_PIDNS_) != 0 || record.tid != vtid; }
};

bool is_known(const Thread& thread) { return thread.comm != not_known || thread.uid != no_id; }

void inherit(Thread& child, const Thread& parent, const CloneEvent& clone) {
  child.exepath = parent.exepath.substr(0, longest_inherited);
  child.exe_writable = parent.exe_writable;
  child.exe_upper_layer = parent.exe_upper_layer;
  child.exe_lower_layer = parent.exe_lower_layer;
  child.exe_from_memfd = parent.exe_from_memfd;
  child.exe_inode = parent.exe_inode;
  child.exe_ctime = parent.exe_ctime;
  child.exe_mtime = parent.exe_mtime;
  child.cap_inheritable = parent.cap_inheritable;
  child.cap_permitted = parent.cap_permitted;
  child.cap_effective = parent.cap_effective;
  child.root = parent.root;
  child.sid = parent.sid;
  child.pgid = parent.pgid;
  child.vpgid = parent.vpgid;
  child.tty = parent.tty;
  child.login_uid = parent.login_uid;
  child.real_uid = parent.real_uid;
  child.saved_uid = parent.saved_uid;
  child.keeps_capabilities = parent.keeps_capabilities;
  child.container_id = parent.container_id;
  child.attachment.inherit(parent.attachment);
  if (!clone.makes_thread()) child.env = parent.env.substr(0, longest_inherited);
}

void fill_from_event(Thread& child, const CloneEvent& clone) {
  const auto& record = clone.record;
  child.flags = clone.flags;
  child.pid = clone.makes_thread() ? clone.pid() : child.tid;
  child.exe = clone.exe();
  child.comm = clone.comm();
  child.args = clone.args();
  child.fd_limit = record.value<std::int64_t>(7);
  if (clone.shape.has_memory) {
    child.major_faults = record.value<std::uint64_t>(8);
    child.minor_faults = record.value<std::uint64_t>(9);
    child.vm_size_kb = record.value<std::uint32_t>(10);
    child.vm_rss_kb = record.value<std::uint32_t>(11);
    child.vm_swap_kb = record.value<std::uint32_t>(12);
  }
  child.uid = record.value<std::uint32_t>(clone.shape.uid);
  child.gid = record.value<std::uint32_t>(clone.shape.gid);
  child.vtid = clone.in_pid_namespace() ? clone.vtid : child.tid;
  child.vpid = clone.in_pid_namespace() ? clone.vpid : child.pid;
  if (clone.shape.cgroups >= 0) child.cgroups = control_groups(as_text(record.param(clone.shape.cgroups)));
  child.clone_time = record.timestamp;
}

// Whether a return of clone may be that of the call that made this thread, which was found rather than announced.
bool may_have_just_begun(const Update& update, const Thread& known) {
  if (known.awaited != CloneReturn::in_either) return false;
  constexpr std::int64_t uncertainty =
      2'000'000'000;  // of the start that /proc tells, in ns: it counts from a whole second
  const auto age = static_cast<std::int64_t>(update.record.timestamp - known.clone_time);
  return age > -uncertainty && age < static_cast<std::int64_t>(lost_after);
}

// Whether what is known under the id of a new thread is of one before it, whose end was lost.
bool is_of_an_earlier_thread(const Update& update, const Thread& known) {
  if (may_have_just_begun(update, known)) return false;
  const auto age = update.record.timestamp - known.clone_time;
  if (update.is_current()) return known.awaited != CloneReturn::in_child || age > lost_after;
  return known.clone_time != 0 && age > stale_after;
}

// Files and working directory of a child are its parent's, or begin as copies of these.
void inherit_files(Update& update, Thread& child, Thread& parent, const CloneEvent& clone) {
  auto& threads = update.state.threads;
  const bool follows_leader = clone.makes_thread() && (clone.flags & clone_flags::CLONE_FILES_);
  if (update.is_current() && (clone.flags & clone_flags::CLONE_FILES_)) {
    if (!follows_leader) child.descriptors = threads.descriptor_owner(parent).descriptors;
  } else if (!clone.makes_thread() || update.is_current()) {
    const auto& descriptors = threads.descriptors(parent);
    if (threads.inherited_descriptors() + descriptors.size() <= most_inherited_descriptors) {
      *child.descriptors = descriptors;
      child.inherited_descriptors = descriptors.size();
    } else {
      update.state.statistics.descriptor_misses += descriptors.size();
    }
    for (auto& [fd, descriptor] : *child.descriptors) descriptor.is_cloned_in_child = true;
  }
  const bool shares_directory = update.is_current() && (clone.flags & clone_flags::CLONE_FS_);
  if (!clone.makes_thread() && shares_directory) {
    auto& owner = parent.shared_cwd ? parent : threads.main_thread(parent);
    if (!owner.shared_cwd) owner.shared_cwd = std::make_shared<std::string>(owner.cwd);
    child.shared_cwd = owner.shared_cwd;
  } else if (!clone.makes_thread()) {
    child.cwd = threads.working_directory(parent);
  } else if (update.is_current() && (!shares_directory || parent.shared_cwd)) {
    child.shared_cwd =
        shares_directory ? parent.shared_cwd : std::make_shared<std::string>(threads.working_directory(parent));
  }
}

// The parent as /proc tells it: a process, and for a thread the one of its process. sysdig 0.29.3 has the thread that
// made the call.
std::int64_t parent_of(Update& update, Thread& maker, const CloneEvent& clone) {
  if (!update.is_current()) return maker.tid;
  const auto& process = update.state.threads.main_thread(maker);
  return clone.makes_thread() || (clone.flags & clone_flags::CLONE_PARENT_) ? process.ptid : process.tid;
}

// Enters the child, called `child_tid`, of thread `parent_tid`. `child_came_first`: the event is the child's own.
void add_child(Update& update, const CloneEvent& clone, std::int64_t child_tid, std::int64_t parent_tid,
               bool child_came_first) {
  auto& threads = update.state.threads;
  auto* parent = threads.find_or_placeholder(parent_tid);
  if (parent == nullptr) return;
  bool replaced = false;
  if (auto* old = threads.find(child_tid)) {
    const bool is_it =
        update.is_current() ? old->awaited == CloneReturn::in_parent : (old->flags & clone_flags::CLONE_INVERTED_) != 0;
    if (may_have_just_begun(update, *old)) return;
    if (is_it) {  // entered by the child's own event
      old->awaited = CloneReturn::none;
      return;
    }
    threads.remove(child_tid, true);
    replaced = true;
    parent = threads.find_or_placeholder(parent_tid);
    if (parent == nullptr) return;
  }
  if (!is_known(*parent)) {
    // The event tells of the parent what it tells of the child: at this moment they are the same program.
    threads.remove(parent_tid, true);
    replaced = true;
    parent = threads.find_or_placeholder(parent_tid);
    if (parent == nullptr) return;
    parent->comm = clone.comm();
    parent->exe = clone.exe();
    parent->args = clone.args();
  }

  Thread child;
  child.tid = child_tid;
  child.ptid = child_came_first && update.is_current() && !clone.makes_thread()
                   ? update.state.threads.main_thread(*parent).tid
                   : parent_of(update, *parent, clone);
  inherit(child, *parent, clone);
  fill_from_event(child, clone);
  // The event counts from the start of the machine, and says nothing of the namespace that the machine began with.
  const auto start = clone.in_pid_namespace() ? update.record.value<std::uint64_t>(20) : 0;
  child.pid_namespace_start = update.state.machine.boot_time + start;
  if (child.cgroups != parent->cgroups) update.state.assign_container(child);
  inherit_files(update, child, *parent, clone);
  if (child_came_first) child.flags |= clone_flags::CLONE_INVERTED_;
  if (!clone.in_pid_namespace()) child.awaited = child_came_first ? CloneReturn::in_parent : CloneReturn::in_child;
  threads.count_child(child);
  threads.add(std::move(child));
  if (replaced) update.find_thread();
}

// clone returns twice, and either event may come first.
void apply_clone(Update& update) {
  const CloneEvent clone(update.record);
  const auto tid = update.record.tid;
  if (clone.result() < 0) return;
  if (clone.result() > 0) {
    // The first process of a new pid namespace tells of itself, as all inside do.
    const bool is_first_inside = update.is_current() && (clone.flags & clone_flags::CLONE_NEWPID_);
    if (clone.in_pid_namespace() || is_first_inside || update.take_early_end(clone.result())) return;
    add_child(update, clone, clone.result(), tid, false);
    return;
  }
  auto*& thread = update.thread;
  if (thread != nullptr && is_of_an_earlier_thread(update, *thread)) {
    update.state.threads.remove(tid, true);
    thread = nullptr;
  }
  if (thread == nullptr) {
    update.take_early_end(tid);
    add_child(update, clone, tid, clone.makes_thread() ? clone.pid() : clone.ptid(), true);
    return;
  }
  if (thread->awaited != CloneReturn::in_either) thread->awaited = CloneReturn::none;
  if (clone.in_pid_namespace()) {
    thread->vtid = clone.vtid;
    thread->vpid = clone.vpid;
  }
}

void apply_exit(Update& update) {
  if (update.thread == nullptr) return;
  auto& thread = *update.thread;
  thread.flags |= clone_flags::CLOSED_;
  if (thread.awaited == CloneReturn::in_parent) update.note_early_end(thread.tid);
  update.end_thread(update.record.value<std::int64_t>(4));
}

void apply_switch(Update& update) {
  if (update.thread == nullptr || update.record.param_count < 6) return;
  tell_schedule(update.state.threads, *update.thread, update.record);
}

void apply_memory(Update& update) {
  if (update.thread != nullptr) tell_memory(*update.thread, update.record, 1);
}

constexpr Handler handlers[] = {
    {code::SYSCALL_CLONE_11_X, apply_clone},
    {code::SYSCALL_CLONE_16_X, apply_clone},
    {code::SYSCALL_CLONE_17_X, apply_clone},
    {code::SYSCALL_CLONE_20_X, apply_clone},
    {code::SYSCALL_FORK_X, apply_clone},
    {code::SYSCALL_FORK_17_X, apply_clone},
    {code::SYSCALL_FORK_20_X, apply_clone},
    {code::SYSCALL_VFORK_X, apply_clone},
    {code::SYSCALL_VFORK_17_X, apply_clone},
    {code::SYSCALL_VFORK_20_X, apply_clone},
    {code::SYSCALL_CLONE3_X, apply_clone},
    {code::PROCEXIT_E, apply_exit},
    {code::PROCEXIT_1_E, apply_exit},
    {code::SCHEDSWITCH_6_E, apply_switch, false, Effect::schedule},
    {code::SYSCALL_BRK_4_X, apply_memory, false, Effect::memory},
    {code::SYSCALL_MMAP_X, apply_memory, false, Effect::memory},
    {code::SYSCALL_MMAP2_X, apply_memory, false, Effect::memory},
    {code::SYSCALL_MUNMAP_X, apply_memory, false, Effect::memory},
};

}  // namespace

std::span<const Handler> process_handlers() { return handlers; }

}  // namespace tracer
