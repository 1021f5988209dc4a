// proc.*: the process that the event belongs to.
#include "lineage.hpp"
#include "text.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

std::string_view command_line(Scratch& scratch, std::string_view first, std::string_view arguments) {
  auto& text = scratch.text();
  text = first;
  for_each_part(arguments, [&](std::string_view part) {
    text += ' ';
    text += part;
  });
  return text;
}

std::optional<std::string_view> own_command_line(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread) return std::nullopt;
  return command_line(context.scratch, thread->comm, thread->args);
}

std::optional<std::string_view> executable_line(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread) return std::nullopt;
  auto& text = context.scratch.text();
  text = thread->exe;
  text += ' ';
  append_parts(text, thread->args);
  return text;
}

std::optional<std::int64_t> parse_position(const FieldInfo& info, std::optional<std::string_view> argument) {
  if (!argument) return std::nullopt;
  return parse_number(info, *argument, 0);
}

std::optional<std::string_view> joined(Scratch& scratch, std::string_view parts) {
  auto& text = scratch.text();
  append_parts(text, parts);
  return text;
}

std::optional<std::string_view> nth_part(std::string_view parts, std::int64_t position) {
  std::optional<std::string_view> found;
  for_each_part(parts, [&](std::string_view part) {
    if (position-- == 0) found = part;
  });
  return found;
}

std::optional<std::string_view> arguments(FieldContext& context, std::optional<std::int64_t> position) {
  const auto* thread = context.event.thread;
  if (!thread) return std::nullopt;
  return position ? nth_part(thread->args, *position) : joined(context.scratch, thread->args);
}

std::optional<std::uint64_t> argument_count(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread) return std::nullopt;
  std::uint64_t count = 0;
  for_each_part(thread->args, [&](std::string_view) { ++count; });
  return count;
}

std::optional<std::uint64_t> arguments_length(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread) return std::nullopt;
  std::uint64_t length = 0;
  for_each_part(thread->args, [&](std::string_view part) { length += part.size(); });
  return length;
}

std::string parse_text(const FieldInfo&, std::optional<std::string_view> argument) {
  return std::string(argument.value_or(""));
}

std::optional<std::string_view> environment(FieldContext& context, const std::string& name) {
  const auto* process = leader(context);
  if (!process) return std::nullopt;
  return name.empty() ? joined(context.scratch, process->env) : entry(process->env, name);
}

std::optional<std::int64_t> duration(FieldContext& context, const Thread* thread) {
  if (!thread || thread->clone_time == 0) return std::nullopt;
  return static_cast<std::int64_t>(context.event.record.timestamp - thread->clone_time);
}

// Members for which 0 stands for unknown.
template <auto member>
std::optional<std::uint64_t> if_known(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread || thread->*member == 0) return std::nullopt;
  return static_cast<std::uint64_t>(thread->*member);
}

template <auto from, auto to>
std::optional<std::uint64_t> time_between(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread || thread->*from == 0 || thread->*to == 0 || thread->*from > thread->*to) return std::nullopt;
  return thread->*to - thread->*from;
}

std::optional<std::int64_t> virtual_process_id(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread || thread->vpid == -1) return std::nullopt;
  return thread->vpid;
}

template <auto member>
std::optional<bool> leads(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread) return std::nullopt;
  return thread->*member == thread->vpid;
}

std::optional<bool> leads_process_group(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread) return std::nullopt;
  return thread->pgid == thread->pid;
}

std::optional<std::string_view> working_directory(FieldContext& context) {
  if (!context.event.thread) return std::nullopt;
  return context.state.threads.working_directory(*context.event.thread);
}

std::optional<std::uint64_t> open_descriptors(FieldContext& context) {
  auto* process = leader(context);
  if (!process) return std::nullopt;
  return context.state.threads.descriptors(*process).size();
}

std::optional<double> descriptor_usage(FieldContext& context) {
  auto* process = leader(context);
  if (!process) return std::nullopt;
  const auto limit = process->fd_limit;
  if (limit <= 0) return 0;
  const auto count = context.state.threads.descriptors(*process).size();
  return std::min(100.0, static_cast<double>(count) * 100 / static_cast<double>(limit));
}

std::optional<std::uint64_t> thread_count(FieldContext& context) {
  const auto* process = leader(context);
  if (!process) return std::nullopt;
  return std::uint64_t{process->children} + 1;
}

constexpr Field fields[] = {
    {{"proc.pid", T::int64_, F::id, "Id of the process."}, read<of_thread<&Thread::pid>>},
    {{"proc.exe", T::charbuf_, F::na, "First word of the command line, as the program was called."},
     read<of_thread<&Thread::exe>>},
    {{"proc.name", T::charbuf_, F::na, "Name of the program, without its path."}, read<of_thread<&Thread::comm>>},
    {{"proc.exepath", T::charbuf_, F::na, "Full path of the program's file."},
     read<path_value<of_thread<&Thread::exepath>>>},
    optional_argument({{"proc.args", T::charbuf_, F::na, "Command line after its first word; proc.args[0]: one word."},
                       read_with_argument<parse_position, arguments>}),
    optional_argument({{"proc.env", T::charbuf_, F::na, "The environment; proc.env[HOME]: the value of one variable."},
                       read_with_argument<parse_text, environment>}),
    {{"proc.cmdline", T::charbuf_, F::na, "proc.name followed by proc.args."}, read<own_command_line>},
    {{"proc.exeline", T::charbuf_, F::na, "proc.exe followed by proc.args."}, read<executable_line>},
    {{"proc.cmdnargs", T::uint64_, F::dec, "How many words the command line has after its first."},
     read<argument_count>},
    {{"proc.cmdlenargs", T::uint64_, F::dec, "How many characters these words have."}, read<arguments_length>},
    {{"proc.cwd", T::charbuf_, F::na, "Working directory."}, read<path_value<working_directory>>},
    {{"proc.nthreads", T::uint32_, F::dec, "Threads of the process that are known, its main thread among them."},
     read<thread_count>},
    {{"proc.nchilds", T::uint32_, F::dec, "Threads of the process that are known, without its main thread."},
     read<of_thread<&Thread::children>>},
    {{"proc.duration", T::reltime_, F::dec, "Nanoseconds since the process started."},
     read<[](FieldContext& context) { return duration(context, context.event.thread); }>},
    {{"proc.pid.ts", T::reltime_, F::dec, "When the process started, in nanoseconds since the epoch."},
     read<if_known<&Thread::clone_time>>},
    {{"proc.fdopencount", T::uint64_, F::dec, "Open descriptors that are known."}, read<open_descriptors>},
    {{"proc.fdlimit", T::int64_, F::dec, "How many descriptors the process may open; -1 where that is not known."},
     read<of_leader<&Thread::fd_limit>>},
    {{"proc.fdusage", T::double_, F::dec, "Open descriptors in percent of the limit."}, read<descriptor_usage>},
    {{"proc.vmsize", T::uint64_, F::dec, "Virtual memory in KiB."}, read<of_thread<&Thread::vm_size_kb>>},
    {{"proc.vmrss", T::uint64_, F::dec, "Resident memory in KiB."}, read<of_thread<&Thread::vm_rss_kb>>},
    {{"proc.vmswap", T::uint64_, F::dec, "Swapped memory in KiB."}, read<of_thread<&Thread::vm_swap_kb>>},
    {{"proc.vpid", T::int64_, F::id, "Id of the process as its own pid namespace has it."}, read<virtual_process_id>},
    {{"proc.tty", T::int32_, F::id, "Device number of the controlling terminal; 0 without one."},
     read<of_thread<&Thread::tty>>},
    {{"proc.is_exe_writable", T::bool_, F::na, "Whether who started the program may write its file."},
     read<of_thread<&Thread::exe_writable>>},
    {{"proc.is_exe_upper_layer", T::bool_, F::na, "Whether the program's file is in an overlay's upper layer."},
     read<of_thread<&Thread::exe_upper_layer>>},
    {{"proc.is_exe_lower_layer", T::bool_, F::na, "Whether the program's file is in an overlay's lower layer."},
     read<of_thread<&Thread::exe_lower_layer>>},
    {{"proc.is_exe_from_memfd", T::bool_, F::na, "Whether the program was started from a file in memory."},
     read<of_thread<&Thread::exe_from_memfd>>},
    {{"proc.exe_ino", T::int64_, F::dec, "Inode number of the program's file."}, read<if_known<&Thread::exe_inode>>},
    {{"proc.exe_ino.ctime", T::abstime_, F::dec, "When that inode last changed, nanoseconds since the epoch."},
     read<if_known<&Thread::exe_ctime>>},
    {{"proc.exe_ino.mtime", T::abstime_, F::dec, "When the program's file was last written, likewise."},
     read<if_known<&Thread::exe_mtime>>},
    {{"proc.exe_ino.ctime_duration_proc_start", T::abstime_, F::dec,
      "Nanoseconds from the change of that inode to the start of the process."},
     read<time_between<&Thread::exe_ctime, &Thread::clone_time>>},
    {{"proc.exe_ino.ctime_duration_pidns_start", T::abstime_, F::dec,
      "Nanoseconds from the start of the pid namespace to the change of that inode."},
     read<time_between<&Thread::pid_namespace_start, &Thread::exe_ctime>>},
    {{"proc.pidns_init_start_ts", T::uint64_, F::dec, "When the pid namespace started, nanoseconds since the epoch."},
     read<if_known<&Thread::pid_namespace_start>>},
    {{"proc.sid", T::int64_, F::id, "Id of the session."}, read<of_thread<&Thread::sid>>},
    {{"proc.pgid", T::int64_, F::id, "Id of the process group."}, read<of_thread<&Thread::pgid>>},
    {{"proc.vpgid", T::int64_, F::id, "Id of the process group as the pid namespace has it."},
     read<of_thread<&Thread::vpgid>>},
    {{"proc.is_sid_leader", T::bool_, F::na, "Whether the process leads its session."}, read<leads<&Thread::sid>>},
    {{"proc.is_pgid_leader", T::bool_, F::na, "Whether the process leads its process group."},
     read<leads_process_group>},
    {{"proc.is_vpgid_leader", T::bool_, F::na, "Whether it does as the pid namespace has it."},
     read<leads<&Thread::vpgid>>},
};

}  // namespace

std::span<const Field> process_fields() { return fields; }

}  // namespace tracer
