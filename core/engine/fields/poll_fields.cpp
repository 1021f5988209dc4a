// fdlist.*: the descriptors that poll waits for.
#include <arpa/inet.h>

#include "params.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

// The list in poll's parameter fds; empty for other events.
Bytes polled(const Record& record) {
  switch (record.type) {
    case code::SYSCALL_POLL_E:
    case code::SYSCALL_PPOLL_E:
      return record.param(0);
    case code::SYSCALL_POLL_X:
    case code::SYSCALL_PPOLL_X:
      return record.param(1);
    default:
      return {};
  }
}

bool is_connection(const Descriptor& descriptor) {
  return descriptor.type == DescriptorType::ipv4_socket || descriptor.type == DescriptorType::ipv6_socket;
}

using Describe = bool (*)(std::string& out, std::int64_t fd, const Descriptor* descriptor);

// What `describe` says of each descriptor, with commas between; it returns false for those it leaves out.
template <Describe describe>
std::optional<std::string_view> joined(FieldContext& context) {
  const auto list = polled(context.event.record);
  if (list.empty() || !context.event.thread) return std::nullopt;
  auto& descriptors = context.state.threads.descriptors(*context.event.thread);
  auto& text = context.scratch.text();
  Cursor cursor(list);
  for (auto left = cursor.get<std::uint16_t>(); left > 0; --left) {
    const auto fd = cursor.get<std::int64_t>();
    cursor.get<std::uint16_t>();
    if (cursor.failed()) break;
    if (describe(text, fd, descriptors.find(fd))) text += ',';
  }
  if (text.empty()) return std::nullopt;
  text.pop_back();
  return text;
}

bool number(std::string& out, std::int64_t fd, const Descriptor*) {
  out += std::to_string(fd);
  return true;
}

bool name(std::string& out, std::int64_t, const Descriptor* descriptor) {
  out += descriptor && !descriptor->name.empty() ? std::string_view(descriptor->name) : "<NA>";
  return true;
}

bool append_address(std::string& out, const Descriptor& descriptor, const IpAddress& address) {
  char buffer[INET6_ADDRSTRLEN];
  if (inet_ntop(descriptor.is_ipv4() ? AF_INET : AF_INET6, address.data(), buffer, sizeof buffer)) out += buffer;
  return true;
}

bool client_address(std::string& out, std::int64_t, const Descriptor* descriptor) {
  return descriptor && is_connection(*descriptor) && append_address(out, *descriptor, descriptor->tuple.source_ip);
}

bool server_address(std::string& out, std::int64_t, const Descriptor* descriptor) {
  if (!descriptor || !(descriptor->is_ipv4() || descriptor->is_ipv6())) return false;
  return append_address(out, *descriptor, descriptor->tuple.destination_ip);
}

bool client_port(std::string& out, std::int64_t, const Descriptor* descriptor) {
  if (!descriptor || !is_connection(*descriptor)) return false;
  out += std::to_string(descriptor->tuple.source_port);
  return true;
}

bool server_port(std::string& out, std::int64_t, const Descriptor* descriptor) {
  if (!descriptor || !is_connection(*descriptor)) return false;
  out += std::to_string(descriptor->tuple.destination_port);
  return true;
}

constexpr Field fields[] = {
    {{"fdlist.nums", T::charbuf_, F::na, "Numbers of the descriptors that poll is given."}, read<joined<number>>},
    {{"fdlist.names", T::charbuf_, F::na, "Their names."}, read<joined<name>>},
    {{"fdlist.cips", T::charbuf_, F::na, "Client addresses of the sockets among them."}, read<joined<client_address>>},
    {{"fdlist.sips", T::charbuf_, F::na, "Server addresses of the sockets among them."}, read<joined<server_address>>},
    {{"fdlist.cports", T::charbuf_, F::na, "Client ports of the sockets among them."}, read<joined<client_port>>},
    {{"fdlist.sports", T::charbuf_, F::na, "Server ports of the sockets among them."}, read<joined<server_port>>},
};

}  // namespace

std::span<const Field> poll_fields() { return fields; }

}  // namespace tracer
