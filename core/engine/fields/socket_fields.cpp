// fd.*: the two ends of a socket.
#include <algorithm>

#include "descriptors.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

// One end of a socket.
struct End {
  const Descriptor* descriptor = nullptr;
  bool is_source = false;

  Bytes address() const {
    const auto& ip = is_source ? descriptor->tuple.source_ip : descriptor->tuple.destination_ip;
    return std::as_bytes(std::span(ip)).first(descriptor->is_ipv4() ? 4 : 16);
  }
  std::uint16_t port() const { return is_source ? descriptor->tuple.source_port : descriptor->tuple.destination_port; }
};

bool is_server(const Descriptor& descriptor) {
  return descriptor.type == DescriptorType::ipv4_server_socket || descriptor.type == DescriptorType::ipv6_server_socket;
}
bool is_connection(const Descriptor& descriptor) {
  return descriptor.type == DescriptorType::ipv4_socket || descriptor.type == DescriptorType::ipv6_socket;
}

// IPv4 addresses are this machine's if an interface has them; IPv6 ones if an interface has the first half.
bool is_local(FieldContext& context, const Descriptor& descriptor, const IpAddress& address) {
  const bool is_ipv6 = descriptor.is_ipv6();
  if (is_ipv6 && !context.event.thread->container_id.empty()) return false;
  const auto length = is_ipv6 ? 8 : 4;
  return std::ranges::any_of(context.state.interfaces, [&](const Interface& interface) {
    return interface.is_ipv6 == is_ipv6 &&
           std::equal(address.begin(), address.begin() + length, interface.address.begin());
  });
}

enum class Side : std::uint8_t { client, server, local, remote };

// The end on a side, where the socket has roles; server sockets have a server's end only.
template <Side side>
std::optional<End> end_of(FieldContext& context) {
  const auto* descriptor = descriptor_of(context);
  if (!descriptor) return std::nullopt;
  if (side == Side::server && is_server(*descriptor)) return End{descriptor, false};
  if (!is_connection(*descriptor) || descriptor->role == SocketRole::none) return std::nullopt;
  if (side == Side::client || side == Side::server) return End{descriptor, side == Side::client};
  const bool source_is_local = is_local(context, *descriptor, descriptor->tuple.source_ip);
  return End{descriptor, source_is_local == (side == Side::local)};
}

template <Side side>
std::optional<Bytes> address(FieldContext& context) {
  const auto end = end_of<side>(context);
  if (!end) return std::nullopt;
  return end->address();
}

template <Side side>
std::optional<std::uint16_t> port(FieldContext& context) {
  const auto end = end_of<side>(context);
  if (!end) return std::nullopt;
  return end->port();
}

template <Side side>
std::optional<std::string_view> protocol(FieldContext& context) {
  const auto end = end_of<side>(context);
  if (!end) return std::nullopt;
  auto& text = context.scratch.text();
  text = std::to_string(end->port());
  return text;
}

// Both ends; the one there is of a server socket.
void addresses(FieldContext& context, const FieldInfo& info, Values& values) {
  const auto* descriptor = descriptor_of(context);
  if (!descriptor || !(descriptor->is_ipv4() || descriptor->is_ipv6())) return;
  if (is_connection(*descriptor)) append(values, info, End{descriptor, true}.address());
  append(values, info, End{descriptor, false}.address());
}

void ports(FieldContext& context, const FieldInfo& info, Values& values) {
  const auto* descriptor = descriptor_of(context);
  if (!descriptor || !(descriptor->is_ipv4() || descriptor->is_ipv6())) return;
  if (is_connection(*descriptor)) append(values, info, End{descriptor, true}.port());
  append(values, info, End{descriptor, false}.port());
}

std::optional<std::string_view> transport(FieldContext& context) {
  const auto* descriptor = descriptor_of(context);
  if (!descriptor || !(descriptor->is_ipv4() || descriptor->is_ipv6())) return std::nullopt;
  if (descriptor->tuple.protocol == L4Protocol::raw) return "raw";
  if (is_connection(*descriptor) && descriptor->role == SocketRole::none) return std::nullopt;
  switch (descriptor->tuple.protocol) {
    case L4Protocol::tcp:
      return "tcp";
    case L4Protocol::udp:
      return "udp";
    case L4Protocol::icmp:
      return "icmp";
    default:
      return std::nullopt;
  }
}

std::optional<std::string_view> family(FieldContext& context) {
  const auto* descriptor = descriptor_of(context);
  if (!descriptor) return std::nullopt;
  if (descriptor->is_ipv4() || descriptor->is_ipv6()) return "ip";
  if (descriptor->type == DescriptorType::unix_socket) return "unix";
  return std::nullopt;
}

std::optional<bool> is_server_end(FieldContext& context) {
  const auto* descriptor = descriptor_of(context);
  if (!descriptor) return std::nullopt;
  if (is_server(*descriptor)) return true;
  return is_connection(*descriptor) && is_local(context, *descriptor, descriptor->tuple.destination_ip);
}

std::optional<bool> is_connected(FieldContext& context) {
  const auto* descriptor = descriptor_of(context);
  if (!descriptor) return std::nullopt;
  return descriptor->is_connected;
}

constexpr Field both(std::string_view name, ParamType type, PrintFormat format, std::string_view description,
                     decltype(Field::bind) bind) {
  return list(filter_only({{name, type, format, description}, bind}));
}

constexpr Field fields[] = {
    both("fd.ip", T::ipaddr_, F::na, "Address of either end.", read<addresses>),
    {{"fd.cip", T::ipaddr_, F::na, "Address of the client."}, read<address<Side::client>>},
    {{"fd.sip", T::ipaddr_, F::na, "Address of the server."}, read<address<Side::server>>},
    {{"fd.lip", T::ipaddr_, F::na, "Address of this machine's end."}, read<address<Side::local>>},
    {{"fd.rip", T::ipaddr_, F::na, "Address of the other machine's end."}, read<address<Side::remote>>},
    both("fd.port", T::port_, F::dec, "Port of either end.", read<ports>),
    {{"fd.cport", T::port_, F::dec, "Port of the client."}, read<port<Side::client>>},
    {{"fd.sport", T::port_, F::dec, "Port of the server."}, read<port<Side::server>>},
    {{"fd.lport", T::port_, F::dec, "Port of this machine's end."}, read<port<Side::local>>},
    {{"fd.rport", T::port_, F::dec, "Port of the other machine's end."}, read<port<Side::remote>>},
    {{"fd.l4proto", T::charbuf_, F::na, "tcp, udp, icmp or raw."}, read<transport>},
    {{"fd.sockfamily", T::charbuf_, F::na, "ip or unix."}, read<family>},
    {{"fd.is_server", T::bool_, F::na, "Whether the server's end of the connection is on this machine."},
     read<is_server_end>},
    both("fd.proto", T::port_, F::na, "fd.port.", read<ports>),
    {{"fd.cproto", T::charbuf_, F::na, "fd.cport as text."}, read<protocol<Side::client>>},
    {{"fd.sproto", T::charbuf_, F::na, "fd.sport as text."}, read<protocol<Side::server>>},
    {{"fd.lproto", T::charbuf_, F::na, "fd.lport as text."}, read<protocol<Side::local>>},
    {{"fd.rproto", T::charbuf_, F::na, "fd.rport as text."}, read<protocol<Side::remote>>},
    both("fd.net", T::ipnet_, F::na, "Address of either end, to hold against a network: fd.net = 10.0.0.0/8.",
         read<addresses>),
    filter_only({{"fd.cnet", T::ipnet_, F::na, "fd.cip, to hold against a network."}, read<address<Side::client>>}),
    filter_only({{"fd.snet", T::ipnet_, F::na, "fd.sip, to hold against a network."}, read<address<Side::server>>}),
    filter_only({{"fd.lnet", T::ipnet_, F::na, "fd.lip, to hold against a network."}, read<address<Side::local>>}),
    filter_only({{"fd.rnet", T::ipnet_, F::na, "fd.rip, to hold against a network."}, read<address<Side::remote>>}),
    {{"fd.connected", T::bool_, F::na, "Whether the socket is connected."}, read<is_connected>},
    {{"fd.cip.name", T::charbuf_, F::na,
      "Host name of fd.cip, to compare with; prints nothing, since addresses are not looked up."},
     read_nothing},
    {{"fd.sip.name", T::charbuf_, F::na,
      "Host name of fd.sip, to compare with; prints nothing, since addresses are not looked up."},
     read_nothing},
    {{"fd.lip.name", T::charbuf_, F::na,
      "Host name of fd.lip, to compare with; prints nothing, since addresses are not looked up."},
     read_nothing},
    {{"fd.rip.name", T::charbuf_, F::na,
      "Host name of fd.rip, to compare with; prints nothing, since addresses are not looked up."},
     read_nothing},
};

}  // namespace

std::span<const Field> socket_fields() { return fields; }

}  // namespace tracer
