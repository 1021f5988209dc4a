// proc.*: the processes around the event's own.
#include "lineage.hpp"
#include "text.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

std::optional<std::string_view> command_line(FieldContext& context, const Thread& thread) {
  auto& text = context.scratch.text();
  text = thread.comm;
  for_each_part(thread.args, [&](std::string_view part) {
    text += ' ';
    text += part;
  });
  return text;
}

std::optional<std::string_view> arguments(FieldContext& context, const Thread& thread) {
  auto& text = context.scratch.text();
  append_parts(text, thread.args);
  return text;
}

std::optional<std::string_view> environment(FieldContext& context, const Thread& thread) {
  auto& text = context.scratch.text();
  append_parts(text, thread.env);
  return text;
}

template <auto member>
auto member_of(FieldContext&, const Thread& thread) {
  return value_of<member>(thread);
}

// NAME[n]: of the n-th ancestor, 0 being the process itself; without an argument: of every ancestor.
template <auto extract>
class AncestorReader final : public FieldReader {
 public:
  AncestorReader(const FieldInfo& field, std::optional<std::string_view> text) {
    if (text) generations_ = parse_number(field, *text, 0);
  }
  void read(FieldContext& context, Values& values) const override {
    if (generations_) {
      if (const auto* thread = ancestor(context, *generations_)) append(values, *info, extract(context, *thread));
      return;
    }
    if (const auto* thread = leader(context)) {
      for_each_ancestor(context, *thread, [&](const Thread& at) {
        append(values, *info, extract(context, at));
        return true;
      });
    }
  }

 private:
  std::optional<std::int64_t> generations_;
};

// proc.aenv[NAME]: the nearest ancestor's that has the variable; proc.aenv[n]: all of the n-th ancestor.
class AncestorEnvironmentReader final : public FieldReader {
 public:
  AncestorEnvironmentReader(const FieldInfo& field, std::optional<std::string_view> text) {
    if (text && !text->empty() && text->find_first_not_of("0123456789") == std::string_view::npos) {
      generations_ = parse_number(field, *text, 0);
    } else {
      name_ = std::string(text.value_or(""));
    }
  }
  void read(FieldContext& context, Values& values) const override {
    if (generations_) {
      if (const auto* thread = ancestor(context, *generations_)) append(values, *info, environment(context, *thread));
      return;
    }
    const auto* thread = leader(context);
    if (!thread) return;
    for_each_ancestor(context, *thread, [&](const Thread& at) {
      if (name_.empty()) {
        append(values, *info, environment(context, at));
        return true;
      }
      const auto value = entry(at.env, name_);
      append(values, *info, value);
      return !value;
    });
  }

 private:
  std::optional<std::int64_t> generations_;
  std::string name_;
};

std::optional<std::int64_t> parent_id(FieldContext& context) { return value_if<&Thread::ptid>(leader(context)); }

std::optional<std::string_view> parent_command_line(FieldContext& context) {
  const auto* thread = parent(context);
  return thread ? command_line(context, *thread) : std::nullopt;
}

std::optional<std::int64_t> parent_duration(FieldContext& context) {
  const auto* thread = parent(context);
  if (!thread || thread->clone_time == 0) return std::nullopt;
  return static_cast<std::int64_t>(context.event.record.timestamp - thread->clone_time);
}

std::optional<std::uint64_t> parent_start(FieldContext& context) {
  const auto* thread = parent(context);
  if (!thread || thread->clone_time == 0) return std::nullopt;
  return thread->clone_time;
}

bool is_shell(const Thread& thread) { return thread.comm.ends_with("sh"); }

std::optional<std::int64_t> login_shell(FieldContext& context) {
  const auto* process = leader(context);
  if (!process) return std::nullopt;
  std::optional<std::int64_t> found;
  if (is_shell(*process)) found = process->pid;
  for_each_ancestor(context, *process, [&](const Thread& at) {
    if (is_shell(at)) found = at.pid;
    return true;
  });
  return found;
}

std::optional<std::string_view> session_name(FieldContext& context) {
  if (!context.event.thread) return std::nullopt;
  if (const auto* found = context.state.threads.find(context.event.thread->sid)) return found->comm;
  const auto* oldest = leader(context);
  for_each_ancestor(context, *oldest, [&](const Thread& at) {
    if (at.sid != oldest->sid) return false;
    oldest = &at;
    return true;
  });
  return oldest->comm;
}

template <auto group, bool is_virtual, auto member>
std::optional<std::string_view> of_group_leader(FieldContext& context) {
  return value_if<member>(group_leader(context, group, is_virtual));
}

constexpr Field fields[] = {
    {{"proc.ppid", T::int64_, F::id, "Id of the parent process."}, read<parent_id>},
    {{"proc.pname", T::charbuf_, F::na, "Name of the parent's program."}, read<of_parent<&Thread::comm>>},
    {{"proc.pexe", T::charbuf_, F::na, "First word of the parent's command line."}, read<of_parent<&Thread::exe>>},
    {{"proc.pexepath", T::charbuf_, F::na, "Full path of the file of the parent's program."},
     read<of_parent<&Thread::exepath>>},
    {{"proc.pcmdline", T::charbuf_, F::na, "Name and arguments of the parent's program."}, read<parent_command_line>},
    {{"proc.pvpid", T::int64_, F::id, "Id of the parent as its own pid namespace has it."},
     read<of_parent<&Thread::vpid>>},
    {{"proc.ppid.duration", T::reltime_, F::dec, "Nanoseconds since the parent started."}, read<parent_duration>},
    {{"proc.ppid.ts", T::reltime_, F::dec, "When the parent started, in nanoseconds since the epoch."},
     read<parent_start>},
    optional_argument({{"proc.apid", T::int64_, F::id,
                        "Id of the n-th ancestor: proc.apid[2] is the grandparent's, [0] the process's own. Without "
                        "an argument: of all ancestors."},
                       read_as<AncestorReader<member_of<&Thread::pid>>>}),
    optional_argument({{"proc.aname", T::charbuf_, F::na, "Program name of the n-th ancestor, or of all."},
                       read_as<AncestorReader<member_of<&Thread::comm>>>}),
    optional_argument({{"proc.aexe", T::charbuf_, F::na, "First word of the n-th ancestor's command line, or of all."},
                       read_as<AncestorReader<member_of<&Thread::exe>>>}),
    optional_argument({{"proc.aexepath", T::charbuf_, F::na, "Program file of the n-th ancestor, or of all."},
                       read_as<AncestorReader<member_of<&Thread::exepath>>>}),
    optional_argument({{"proc.aargs", T::charbuf_, F::na, "Arguments of the n-th ancestor, or of all."},
                       read_as<AncestorReader<arguments>>}),
    optional_argument({{"proc.acmdline", T::charbuf_, F::na, "Name and arguments of the n-th ancestor, or of all."},
                       read_as<AncestorReader<command_line>>}),
    optional_argument({{"proc.aenv", T::charbuf_, F::na,
                        "Environment of the n-th ancestor, or of all; proc.aenv[HOME]: a variable of the nearest "
                        "ancestor that has it."},
                       read_as<AncestorEnvironmentReader>}),
    {{"proc.loginshellid", T::int64_, F::id, "Id of the oldest shell among the process and its ancestors."},
     read<login_shell>},
    {{"proc.sname", T::charbuf_, F::na, "Program name of the session's leader."}, read<session_name>},
    {{"proc.sid.exe", T::charbuf_, F::na, "First word of the session leader's command line."},
     read<of_group_leader<&Thread::sid, true, &Thread::exe>>},
    {{"proc.sid.exepath", T::charbuf_, F::na, "Program file of the session's leader."},
     read<of_group_leader<&Thread::sid, true, &Thread::exepath>>},
    {{"proc.pgid.name", T::charbuf_, F::na, "Program name of the process group's leader."},
     read<of_group_leader<&Thread::pgid, false, &Thread::comm>>},
    {{"proc.pgid.exe", T::charbuf_, F::na, "First word of the process group leader's command line."},
     read<of_group_leader<&Thread::pgid, false, &Thread::exe>>},
    {{"proc.pgid.exepath", T::charbuf_, F::na, "Program file of the process group's leader."},
     read<of_group_leader<&Thread::pgid, false, &Thread::exepath>>},
    {{"proc.vpgid.name", T::charbuf_, F::na, "proc.pgid.name by the id of the pid namespace."},
     read<of_group_leader<&Thread::vpgid, true, &Thread::comm>>},
    {{"proc.vpgid.exe", T::charbuf_, F::na, "proc.pgid.exe by the id of the pid namespace."},
     read<of_group_leader<&Thread::vpgid, true, &Thread::exe>>},
    {{"proc.vpgid.exepath", T::charbuf_, F::na, "proc.pgid.exepath by the id of the pid namespace."},
     read<of_group_leader<&Thread::vpgid, true, &Thread::exepath>>},
};

}  // namespace

std::span<const Field> lineage_fields() { return fields; }

}  // namespace tracer
