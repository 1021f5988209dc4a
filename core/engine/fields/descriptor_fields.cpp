// fd.*: the descriptor that the event is about. Fields of sockets alone are in socket_fields.cpp.
#include "../output/names.hpp"
#include "descriptors.hpp"
#include "lineage.hpp"
#include "params.hpp"
#include "paths.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

std::optional<std::int64_t> number(FieldContext& context) {
  if (!is_about_descriptor(context)) return std::nullopt;
  return context.event.fd;
}

std::string_view type_name(DescriptorType type) {
  using enum DescriptorType;
  switch (type) {
    case file:
    case file_v2:
      return "file";
    case directory:
      return "directory";
    case ipv4_socket:
    case ipv4_server_socket:
      return "ipv4";
    case ipv6_socket:
    case ipv6_server_socket:
      return "ipv6";
    case unix_socket:
      return "unix";
    case fifo:
      return "pipe";
    case event:
      return "event";
    case signalfd:
      return "signalfd";
    case eventpoll:
      return "eventpoll";
    case inotify:
      return "inotify";
    case timerfd:
      return "timerfd";
    case netlink:
      return "netlink";
    case bpf:
      return "bpf";
    case userfaultfd:
      return "userfaultfd";
    case io_uring:
      return "io_uring";
    case memfd:
      return "memfd";
    case pidfd:
      return "pidfd";
    default:
      return "<NA>";
  }
}

std::optional<std::string_view> type(FieldContext& context) {
  const auto* descriptor = descriptor_of(context);
  if (!descriptor) return std::nullopt;
  return type_name(descriptor->type);
}

// The type that a call makes, for calls that failed.
DescriptorType made_type(std::uint16_t code) {
  switch (code | 1) {
    case code::SYSCALL_OPEN_X:
    case code::SYSCALL_OPENAT_X:
    case code::SYSCALL_OPENAT_2_X:
    case code::SYSCALL_OPENAT2_X:
    case code::SYSCALL_CREAT_X:
      return DescriptorType::file;
    case code::SOCKET_SOCKET_X:
    case code::SOCKET_ACCEPT_X:
    case code::SOCKET_ACCEPT_5_X:
    case code::SOCKET_ACCEPT4_X:
    case code::SOCKET_ACCEPT4_5_X:
      return DescriptorType::ipv4_socket;  // the family is not known
    case code::SYSCALL_PIPE_X:
      return DescriptorType::fifo;
    case code::SYSCALL_EVENTFD_X:
      return DescriptorType::event;
    case code::SYSCALL_SIGNALFD_X:
      return DescriptorType::signalfd;
    case code::SYSCALL_TIMERFD_CREATE_X:
      return DescriptorType::timerfd;
    case code::SYSCALL_INOTIFY_INIT_X:
      return DescriptorType::inotify;
    default:
      return DescriptorType::unknown;
  }
}

std::optional<std::string_view> type_character(FieldContext& context) {
  if (!is_about_descriptor(context)) return std::nullopt;
  const auto* descriptor = descriptor_of(context);
  auto& text = context.scratch.text();
  text = type_letter(descriptor ? descriptor->type : made_type(context.event.record.type));
  return text;
}

// The descriptor's name, or, where there is none, what the call named.
std::optional<std::string_view> name_text(FieldContext& context) {
  if (!is_about_descriptor(context)) return std::nullopt;
  const auto* descriptor = descriptor_of(context);
  const auto& record = context.event.record;
  const bool failed_connect = record.type == code::SOCKET_CONNECT_X && record.value<std::int64_t>(0) < 0;
  if (!descriptor || failed_connect) return name_from_parameters(context);
  return descriptor->name;
}

std::optional<std::string_view> directory_text(FieldContext& context) {
  if (!is_about_descriptor(context)) return std::nullopt;
  const auto* descriptor = descriptor_of(context);
  if (!descriptor) {
    const auto name = name_from_parameters(context);
    if (!name) return std::nullopt;
    return directory_part(*name);
  }
  if (descriptor->type == DescriptorType::directory) return descriptor->name;
  if (!descriptor->is_file()) return std::nullopt;
  return directory_part(descriptor->name);
}

std::optional<std::string_view> file_name(FieldContext& context) {
  const auto* descriptor = descriptor_of(context);
  if (!descriptor || !descriptor->is_file()) return std::nullopt;
  return file_part(descriptor->name);
}

// Names print without the control characters that a program put into them, paths with dots in their place.
template <std::optional<std::string_view> (*extract)(FieldContext&)>
void printable(FieldContext& context, const FieldInfo& info, Values& values) {
  const auto text = extract(context);
  if (!text) return;
  auto& value = append(values, info);
  value.text = *text;
  const auto* descriptor = context.event.descriptor;
  const bool is_path = !descriptor || descriptor->is_file() || descriptor->type == DescriptorType::directory;
  value.controls = is_path ? Controls::dotted : Controls::dropped;
}

template <std::optional<std::string_view> (*extract)(FieldContext&)>
std::optional<std::string_view> with_container(FieldContext& context) {
  const auto name = extract(context);
  if (!name) return std::nullopt;
  auto& text = context.scratch.text();
  text = context.event.thread->container_id;
  text += ':';
  text += *name;
  return text;
}

std::optional<std::string_view> raw_name(FieldContext& context) {
  if (!is_about_descriptor(context)) return std::nullopt;
  const auto* descriptor = descriptor_of(context);
  if (!descriptor) return name_from_parameters(context);
  return descriptor->name_raw;
}

std::optional<std::string_view> unique_id(FieldContext& context) {
  if (!is_about_descriptor(context)) return std::nullopt;
  auto& text = context.scratch.text();
  text = std::to_string(context.event.thread->tid);
  text += std::to_string(context.event.fd);
  return text;
}

template <auto member>
auto of_descriptor(FieldContext& context) {
  const auto* descriptor = descriptor_of(context);
  return descriptor ? std::optional(descriptor->*member) : std::nullopt;
}

// Device numbers as the kernel packs them: 12 bits of major number between 8 and 12 bits of the minor.
std::optional<std::uint32_t> device_major(FieldContext& context) {
  const auto device = of_descriptor<&Descriptor::device>(context);
  if (!device) return std::nullopt;
  return (*device & 0xfff00) >> 8;
}
std::optional<std::uint32_t> device_minor(FieldContext& context) {
  const auto device = of_descriptor<&Descriptor::device>(context);
  if (!device) return std::nullopt;
  return (*device & 0xff) | (*device >> 12 & 0xfff00);
}

std::optional<bool> name_changed(FieldContext& context) {
  if (!descriptor_of(context)) return std::nullopt;
  return context.event.descriptor_name_changed;
}

std::optional<std::int64_t> parse_number_if_given(const FieldInfo& info, std::optional<std::string_view> argument) {
  if (!argument) return std::nullopt;
  return parse_number(info, *argument, 0);
}

void types(FieldContext& context, std::optional<std::int64_t> fd, const FieldInfo& info, Values& values) {
  if (!context.event.thread) return;
  auto& descriptors = context.state.threads.descriptors(*context.event.thread);
  if (fd) {
    if (const auto* descriptor = descriptors.find(*fd)) append(values, info, type_name(descriptor->type));
    return;
  }
  std::uint64_t seen = 0;
  for (const auto& [number, descriptor] : descriptors) {
    const auto bit = std::uint64_t{1} << (static_cast<unsigned>(descriptor.type) & 63);
    if (!(seen & bit)) append(values, info, type_name(descriptor.type));
    seen |= bit;
  }
}

template <std::int64_t fd>
const Descriptor* standard(FieldContext& context) {
  if (!context.event.thread) return nullptr;
  return context.state.threads.descriptors(*context.event.thread).find(fd);
}
template <std::int64_t fd>
std::optional<std::string_view> standard_type(FieldContext& context) {
  const auto* descriptor = standard<fd>(context);
  if (!descriptor) return std::nullopt;
  return type_name(descriptor->type);
}
template <std::int64_t fd>
std::optional<std::string_view> standard_name(FieldContext& context) {
  const auto* descriptor = standard<fd>(context);
  if (!descriptor) return std::nullopt;
  return descriptor->name;
}

constexpr Field fields[] = {
    {{"fd.num", T::int64_, F::id, "Number of the descriptor."}, read<number>},
    {{"fd.type", T::charbuf_, F::dec,
      "file, directory, ipv4, ipv6, unix, pipe, event, signalfd, eventpoll, inotify, "
      "timerfd, netlink, ..."},
     read<type>},
    {{"fd.typechar", T::charbuf_, F::dec,
      "The type as one letter: f file, d directory, 4 ipv4, 6 ipv6, u unix, p "
      "pipe, ..."},
     read<type_character>},
    {{"fd.name", T::charbuf_, F::na, "Full path of a file, both ends of a connection, ..."},
     read<printable<name_text>>},
    {{"fd.nameraw", T::charbuf_, F::na, "The name as the program gave it."}, read<raw_name>},
    {{"fd.directory", T::charbuf_, F::na, "Directory of a file."}, read<printable<directory_text>>},
    {{"fd.filename", T::charbuf_, F::na, "Name of a file without its directory."}, read<printable<file_name>>},
    {{"fd.uid", T::charbuf_, F::na, "Thread id followed by descriptor number."}, read<unique_id>},
    {{"fd.containername", T::charbuf_, F::na, "Container id and fd.name, with a colon between."},
     read<printable<with_container<name_text>>>},
    {{"fd.containerdirectory", T::charbuf_, F::na, "Container id and fd.directory, with a colon between."},
     read<printable<with_container<directory_text>>>},
    {{"fd.name_changed", T::bool_, F::na, "Whether the event changed the descriptor's name."}, read<name_changed>},
    {{"fd.dev", T::int32_, F::hex, "Device that holds the file."}, read<of_descriptor<&Descriptor::device>>},
    {{"fd.dev.major", T::int32_, F::dec, "Major number of that device."}, read<device_major>},
    {{"fd.dev.minor", T::int32_, F::dec, "Minor number of that device."}, read<device_minor>},
    {{"fd.ino", T::int64_, F::dec, "Inode number of the file."}, read<of_descriptor<&Descriptor::inode>>},
    list(optional_argument({{"fd.types", T::charbuf_, F::na,
                             "Types of all descriptors that the thread has open; fd.types[0]: of one of them."},
                            read_with_argument<parse_number_if_given, types>})),
    {{"fd.is_upper_layer", T::bool_, F::na, "Whether the file is in an overlay's upper layer."},
     read<of_descriptor<&Descriptor::is_upper_layer>>},
    {{"fd.is_lower_layer", T::bool_, F::na, "Whether the file is in an overlay's lower layer."},
     read<of_descriptor<&Descriptor::is_lower_layer>>},
    {{"proc.stdin.type", T::charbuf_, F::na, "fd.type of the standard input."}, read<standard_type<0>>},
    {{"proc.stdout.type", T::charbuf_, F::na, "fd.type of the standard output."}, read<standard_type<1>>},
    {{"proc.stderr.type", T::charbuf_, F::na, "fd.type of the standard error output."}, read<standard_type<2>>},
    {{"proc.stdin.name", T::charbuf_, F::na, "fd.name of the standard input."}, read<standard_name<0>>},
    {{"proc.stdout.name", T::charbuf_, F::na, "fd.name of the standard output."}, read<standard_name<1>>},
    {{"proc.stderr.name", T::charbuf_, F::na, "fd.name of the standard error output."}, read<standard_name<2>>},
};

}  // namespace

std::span<const Field> descriptor_fields() { return fields; }

}  // namespace tracer
