#include "network.hpp"

#include <algorithm>

namespace tracer {
namespace {

constexpr IpAddress unspecified{};
constexpr IpAddress ipv4_loopback{127, 0, 0, 1};
constexpr IpAddress ipv6_loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

bool is_in_subnet(const Interface& interface, const IpAddress& address) {
  if (interface.is_ipv6) return std::equal(address.begin(), address.begin() + 8, interface.address.begin());
  for (std::size_t i = 0; i < 4; ++i) {
    if ((address[i] & interface.netmask[i]) != (interface.address[i] & interface.netmask[i])) return false;
  }
  return true;
}

// The interface that most likely talks to `peer`.
IpAddress local_address(const std::vector<Interface>& interfaces, bool is_ipv6, const IpAddress& peer) {
  const auto find = [&](auto&& fits) -> const Interface* {
    for (const auto& interface : interfaces) {
      if (interface.is_ipv6 == is_ipv6 && fits(interface)) return &interface;
    }
    return nullptr;
  };
  const auto& loopback = is_ipv6 ? ipv6_loopback : ipv4_loopback;
  const auto* found = find([&](const Interface& interface) { return interface.address == peer; });
  if (found == nullptr) found = find([&](const Interface& interface) { return is_in_subnet(interface, peer); });
  if (found == nullptr) found = find([&](const Interface& interface) { return interface.address != loopback; });
  return found == nullptr ? unspecified : found->address;
}

}  // namespace

void become_connection(Descriptor& socket, bool is_ipv6) {
  if (socket.type == DescriptorType::ipv4_server_socket || socket.type == DescriptorType::ipv6_server_socket) {
    const auto protocol = socket.tuple.protocol;
    socket.tuple = {};
    socket.tuple.protocol = protocol;
  }
  socket.type = is_ipv6 ? DescriptorType::ipv6_socket : DescriptorType::ipv4_socket;
}

bool set_ends(SocketTuple& tuple, const SocketTuple& told) {
  const auto is_source = [&](const IpAddress& ip, std::uint16_t port) {
    return tuple.source_ip == ip && tuple.source_port == port;
  };
  const auto is_destination = [&](const IpAddress& ip, std::uint16_t port) {
    return tuple.destination_ip == ip && tuple.destination_port == port;
  };
  if (is_source(told.source_ip, told.source_port) && is_destination(told.destination_ip, told.destination_port)) {
    return false;
  }
  if (is_source(told.destination_ip, told.destination_port) && is_destination(told.source_ip, told.source_port)) {
    return false;
  }
  const auto before = tuple;
  tuple.source_ip = told.source_ip;
  tuple.source_port = told.source_port;
  if (tuple.destination_ip == unspecified) tuple.destination_ip = told.destination_ip;
  if (tuple.destination_port == 0) tuple.destination_port = told.destination_port;
  return !is_source(before.source_ip, before.source_port) ||
         !is_destination(before.destination_ip, before.destination_port);
}

void swap_ends(SocketTuple& tuple) {
  std::swap(tuple.source_ip, tuple.destination_ip);
  std::swap(tuple.source_port, tuple.destination_port);
}

void set_unix_ends(Descriptor& socket, const SocketTuple& told) {
  socket.type = DescriptorType::unix_socket;
  socket.tuple.source_pointer = told.source_pointer;
  socket.tuple.destination_pointer = told.destination_pointer;
}

void fill_unspecified_end(Descriptor& socket, const std::vector<Interface>& interfaces) {
  auto& tuple = socket.tuple;
  if (tuple.source_ip != unspecified && tuple.destination_ip != unspecified) return;
  const bool is_source = tuple.source_ip == unspecified;
  const auto& peer = is_source ? tuple.destination_ip : tuple.source_ip;
  const auto address = local_address(interfaces, socket.is_ipv6(), peer);
  if (address == peer && tuple.source_port == tuple.destination_port) return;  // it would be talking to itself
  (is_source ? tuple.source_ip : tuple.destination_ip) = address;
}

SocketRole guess_role(const DescriptorTable& descriptors, const SocketTuple& tuple, bool is_incoming) {
  bool is_bound = false;
  bool is_client_port = false;
  for (const auto& [fd, descriptor] : descriptors) {
    const bool is_connection =
        descriptor.type == DescriptorType::ipv4_socket || descriptor.type == DescriptorType::ipv6_socket;
    const bool is_server =
        descriptor.type == DescriptorType::ipv4_server_socket || descriptor.type == DescriptorType::ipv6_server_socket;
    if (is_connection || is_server) is_bound |= descriptor.tuple.destination_port == tuple.destination_port;
    if (is_connection) is_client_port |= descriptor.tuple.source_port == tuple.source_port;
  }
  if (!is_bound) return SocketRole::client;
  if (!is_client_port) return SocketRole::server;
  return is_incoming ? SocketRole::server : SocketRole::client;
}

}  // namespace tracer
