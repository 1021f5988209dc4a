// evt.*: what kind of event it is, and how it went.
#include <algorithm>
#include <stdexcept>

#include "params.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

bool is_generic(const Record& record) { return record.type == code::GENERIC_E || record.type == code::GENERIC_X; }

std::string_view type_name(FieldContext& context) {
  const auto& record = context.event.record;
  return is_generic(record) ? generic_name(record) : record.info().name;
}

std::optional<std::string_view> syscall_name(FieldContext& context) {
  const auto& record = context.event.record;
  if (record.type == code::SCHEDSWITCH_6_E || (record.info().flags & event_flag::skipparsereset)) return std::nullopt;
  return type_name(context);
}

std::string_view type_name_of(const FieldInfo& info, std::optional<std::string_view> argument) {
  for (const auto& event : events) {
    if (event.name == *argument) return event.name;
  }
  throw std::invalid_argument(std::string(info.name) + ": there is no event called '" + std::string(*argument) + "'");
}

bool is_of_type(FieldContext& context, std::string_view name) { return context.event.record.info().name == name; }

std::uint32_t syscall_category(const Record& record) {
  const auto id = generic_id(record);
  return id < syscall_id_categories.size() ? syscall_id_categories[id] : category::unknown;
}

std::string_view category_name(FieldContext& context) {
  const auto& record = context.event.record;
  const auto* descriptor = context.event.descriptor;
  switch (is_generic(record) ? syscall_category(record) : plain_category(record.info())) {
    case category::other:
      return "other";
    case category::file:
      return "file";
    case category::net:
      return "net";
    case category::ipc:
      return "IPC";
    case category::memory:
      return "memory";
    case category::process:
      return "process";
    case category::sleep:
      return "sleep";
    case category::system:
      return "system";
    case category::signal:
      return "signal";
    case category::user:
      return "user";
    case category::time:
      return "time";
    case category::processing:
      return "processing";
    case category::wait:
      return "wait";
    case category::scheduler:
      return "scheduler";
    case category::io_read:
    case category::io_write:
    case category::io_other:
      if (!descriptor) return "unknown";
      if (descriptor->is_file() || descriptor->type == DescriptorType::directory) return "file";
      if (descriptor->is_ipv4() || descriptor->is_ipv6()) return "net";
      if (descriptor->type == DescriptorType::unix_socket || descriptor->type == DescriptorType::fifo ||
          descriptor->type == DescriptorType::event || descriptor->type == DescriptorType::signalfd ||
          descriptor->type == DescriptorType::inotify) {
        return "ipc";
      }
      return "unknown";
    default:
      return "unknown";
  }
}

template <std::uint32_t flags>
bool has_flag(FieldContext& context) {
  return (event_flags(context.event.record) & flags) != 0;
}

std::optional<std::string_view> io_direction(FieldContext& context) {
  if (has_flag<event_flag::writes_to_fd>(context)) return "write";
  if (has_flag<event_flag::reads_from_fd>(context)) return "read";
  return std::nullopt;
}

bool failed(FieldContext& context) { return result(context.event.record).value_or(0) < 0; }

bool is_syslog(FieldContext& context) {
  const auto* descriptor = context.event.descriptor;
  return has_flag<event_flag::writes_to_fd>(context) && descriptor &&
         descriptor->name.find("/dev/log") != std::string::npos;
}

enum class Subject : std::uint8_t { file, net, memory, other };

// What a failed call was about: its descriptor says it, or, without one, its type.
Subject subject(const Event& event) {
  if (const auto* descriptor = event.descriptor) {
    if (descriptor->is_file() || descriptor->type == DescriptorType::directory) return Subject::file;
    return descriptor->is_socket() ? Subject::net : Subject::other;
  }
  switch (event.record.type) {
    case code::SYSCALL_OPEN_X:
    case code::SYSCALL_CREAT_X:
    case code::SYSCALL_OPENAT_X:
    case code::SYSCALL_OPENAT_2_X:
    case code::SYSCALL_OPENAT2_X:
      return Subject::file;
    case code::SOCKET_ACCEPT_X:
    case code::SOCKET_ACCEPT_5_X:
    case code::SOCKET_ACCEPT4_X:
    case code::SOCKET_ACCEPT4_5_X:
    case code::SOCKET_ACCEPT4_6_X:
    case code::SOCKET_CONNECT_X:
      return Subject::net;
    default:
      return plain_category(event.record.info()) == category::memory ? Subject::memory : Subject::other;
  }
}

using Count = std::optional<std::uint32_t>;

Count one_if(bool counts) { return counts ? Count(1) : std::nullopt; }

Count count_error(FieldContext& context) { return one_if(failed(context)); }

template <Subject wanted>
Count count_error_about(FieldContext& context) {
  return one_if(failed(context) && subject(context.event) == wanted);
}

Count count_memory_error(FieldContext& context) {
  return one_if(failed(context) && plain_category(context.event.record.info()) == category::memory);
}

// The flags and permissions of an event that opens a file; nothing for other events.
struct Opening {
  std::uint32_t flags = 0;
  std::uint32_t mode = 0;
  bool creates_only = false;  // creat
};

std::optional<Opening> opening(const Record& record) {
  switch (record.type) {
    case code::SYSCALL_OPEN_X:
    case code::SYSCALL_OPENAT_E:
      return Opening{record.value<std::uint32_t>(2), record.value<std::uint32_t>(3)};
    case code::SYSCALL_OPENAT_2_X:
    case code::SYSCALL_OPENAT2_X:
      return Opening{record.value<std::uint32_t>(3), record.value<std::uint32_t>(4)};
    case code::SYSCALL_OPEN_BY_HANDLE_AT_X:
      return Opening{record.value<std::uint32_t>(2), 0};
    case code::SYSCALL_CREAT_X:
      return Opening{0, record.value<std::uint32_t>(2), true};
    default:
      return std::nullopt;
  }
}

constexpr std::uint32_t any_execute = 0111;

bool is_open_read(FieldContext& context) {
  const auto open = opening(context.event.record);
  return open && (open->flags & flags::file_flags::O_RDONLY_);
}

bool is_open_write(FieldContext& context) {
  const auto open = opening(context.event.record);
  return open && (open->flags & flags::file_flags::O_WRONLY_);
}

bool is_open_exec(FieldContext& context) {
  const auto open = opening(context.event.record);
  constexpr auto creating = flags::file_flags::O_CREAT_ | flags::file_flags::O_TMPFILE_;
  return open && (open->creates_only || (open->flags & creating)) && (open->mode & any_execute);
}

bool is_open_create(FieldContext& context) {
  const auto open = opening(context.event.record);
  return open && ((open->creates_only && !failed(context)) || (open->flags & flags::file_flags::O_F_CREATED_));
}

bool is_async(FieldContext& context) { return context.event.record.type == code::ASYNCEVENT_E; }

std::optional<std::string_view> async_name(FieldContext& context) {
  if (!is_async(context)) return std::nullopt;
  return context.event.record.text(1);
}

// What the description in an infrastructure event says of one thing: "Event:start; ID:a1b2; name:web".
template <const char* key>
std::optional<std::string_view> infrastructure(FieldContext& context) {
  const auto& record = context.event.record;
  if (record.type != code::INFRASTRUCTURE_EVENT_E || !record.has_param(2)) return std::nullopt;
  const auto trim = [](std::string_view text) {
    const auto first = text.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) return std::string_view();
    return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
  };
  for (auto rest = record.text(2); !rest.empty();) {
    const auto end = std::min(rest.find(';'), rest.size());
    const auto part = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto colon = part.find(':');
    if (part.starts_with(key) && colon != std::string_view::npos) {
      const auto value = trim(part.substr(colon + 1));
      return value.substr(0, value.find('@'));  // an image's digest stands behind its name
    }
  }
  return std::nullopt;
}

constexpr char infrastructure_event[] = "Event";
constexpr char infrastructure_id[] = "ID";
constexpr char infrastructure_name[] = "name";
constexpr char infrastructure_image[] = "Image";

// Counts the events that it is read of.
class CountReader final : public FieldReader {
 public:
  void read(FieldContext&, Values& values) const override { append(values, *info, ++count_); }

 private:
  mutable std::uint64_t count_ = 0;
};

constexpr Field fields[] = {
    {{"evt.dir", T::charbuf_, F::dir, "'>' for enter events, '<' for exit events."},
     read<[](FieldContext& context) { return context.event.record.is_enter() ? ">" : "<"; }>},
    {{"evt.type", T::charbuf_, F::na, "Name of the event, such as openat; of the system call for generic events."},
     read<type_name>},
    required_argument(
        {{"evt.type.is", T::uint32_, F::na, "1 if the event has the name given, else 0: evt.type.is.open."},
         read_with_argument<type_name_of, is_of_type>}),
    {{"syscall.type", T::charbuf_, F::na,
      "Name of the event, as evt.type; nothing for context switches and internal events."},
     read<syscall_name>},
    {{"evt.category", T::charbuf_, F::na, "What the event is about: file, net, ipc, memory, process, ..."},
     read<category_name>},
    {{"evt.cpu", T::int16_, F::id, "CPU on which the event happened."},
     read<[](FieldContext& context) { return context.event.record.cpu; }>},
    {{"evt.failed", T::bool_, F::na, "Whether the call returned an error."}, read<failed>},
    {{"evt.is_io", T::bool_, F::na, "Whether the call reads from or writes to a descriptor."},
     read<has_flag<event_flag::reads_from_fd | event_flag::writes_to_fd>>},
    {{"evt.is_io_read", T::bool_, F::na, "Whether the call reads from a descriptor."},
     read<has_flag<event_flag::reads_from_fd>>},
    {{"evt.is_io_write", T::bool_, F::na, "Whether the call writes to a descriptor."},
     read<has_flag<event_flag::writes_to_fd>>},
    {{"evt.io_dir", T::charbuf_, F::na, "'read' or 'write' for calls that do that to a descriptor."},
     read<io_direction>},
    {{"evt.is_wait", T::bool_, F::na, "Whether the call makes its thread wait: sleep, poll, select, ..."},
     read<has_flag<event_flag::waits>>},
    {{"evt.is_syslog", T::bool_, F::na, "Whether the call writes to /dev/log."}, read<is_syslog>},
    {{"evt.count", T::uint32_, F::dec, "1 for every event."}, read<[](FieldContext&) { return 1; }>},
    {{"evt.count.error", T::uint32_, F::dec, "1 for calls that failed."}, read<count_error>},
    {{"evt.count.error.file", T::uint32_, F::dec, "1 for failed calls on files."},
     read<count_error_about<Subject::file>>},
    {{"evt.count.error.net", T::uint32_, F::dec, "1 for failed calls on sockets."},
     read<count_error_about<Subject::net>>},
    {{"evt.count.error.memory", T::uint32_, F::dec, "1 for failed calls that manage memory."},
     read<count_memory_error>},
    {{"evt.count.error.other", T::uint32_, F::dec, "1 for failed calls on anything else."},
     read<count_error_about<Subject::other>>},
    {{"evt.count.exit", T::uint32_, F::dec, "1 for exit events."},
     read<[](FieldContext& context) { return one_if(!context.event.record.is_enter()); }>},
    unlisted({{"evt.count.procinfo", T::uint32_, F::dec, "1 for procinfo events of a process's main thread."},
              read<[](FieldContext& context) {
                const auto& event = context.event;
                return one_if(event.record.type == code::PROCINFO_E && event.thread && event.thread->is_main());
              }>}),
    unlisted({{"evt.count.threadinfo", T::uint32_, F::dec, "1 for procinfo events."},
              read<[](FieldContext& context) { return one_if(context.event.record.type == code::PROCINFO_E); }>}),
    {{"evt.is_open_read", T::bool_, F::na, "Whether a file is opened for reading."}, read<is_open_read>},
    {{"evt.is_open_write", T::bool_, F::na, "Whether a file is opened for writing."}, read<is_open_write>},
    {{"evt.is_open_exec", T::bool_, F::na, "Whether a file is created with permission to execute it."},
     read<is_open_exec>},
    {{"evt.is_open_create", T::bool_, F::na, "Whether opening the file created it."}, read<is_open_create>},
    {{"evt.is_toctou", T::bool_, F::na,
      "Whether another thread changed what open, openat, openat2, creat or connect was given while the call ran."},
     read<[](FieldContext& context) { return context.event.is_toctou; }>},
    {{"evt.source", T::charbuf_, F::na, "The kind of source the event comes from: syscall."},
     read<[](FieldContext&) { return "syscall"; }>},
    {{"evt.is_async", T::bool_, F::na, "Whether the event was injected by a plugin rather than traced."},
     read<is_async>},
    {{"evt.asynctype", T::charbuf_, F::na, "The name that a plugin gave to the event it injected."}, read<async_name>},
    {{"evt.hostname", T::charbuf_, F::na, "Name of the machine the events come from."},
     read<[](FieldContext& context) -> std::string_view { return context.state.machine.hostname; }>},
    unlisted({{"evt.infra.docker.name", T::charbuf_, F::na, "What happened to a container, as Docker called it."},
              read<infrastructure<infrastructure_event>>}),
    unlisted({{"evt.infra.docker.container.id", T::charbuf_, F::na, "Id of the container that Docker told of."},
              read<infrastructure<infrastructure_id>>}),
    unlisted({{"evt.infra.docker.container.name", T::charbuf_, F::na, "Name of the container that Docker told of."},
              read<infrastructure<infrastructure_name>>}),
    unlisted({{"evt.infra.docker.container.image", T::charbuf_, F::na, "Image of the container that Docker told of."},
              read<infrastructure<infrastructure_image>>}),
    unlisted(keeps_history({{"util.cnt", T::uint64_, F::dec, "1, 2, 3, ... for the events that it is printed of."},
                            read_as<CountReader>})),
    {{"evt.pluginname", T::charbuf_, F::na, "Name of the plugin that made the event; no plugin that does is loaded."},
     read_nothing},
    {{"evt.plugininfo", T::charbuf_, F::na, "The event in its plugin's own words; no plugin that has any is loaded."},
     read_nothing},
};

}  // namespace

std::span<const Field> event_fields() { return fields; }

}  // namespace tracer
