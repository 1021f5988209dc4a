#include "socket_name.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace tracer {

std::string endpoint_name(const IpAddress& address, bool is_ipv6, std::uint16_t port) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, address.data(), text, sizeof text);
  return std::string(text) + ':' + std::to_string(port);
}

std::string socket_name(DescriptorType type, const SocketTuple& tuple) {
  switch (type) {
    case DescriptorType::ipv4_socket:
    case DescriptorType::ipv6_socket: {
      const bool is_ipv6 = type == DescriptorType::ipv6_socket;
      return endpoint_name(tuple.source_ip, is_ipv6, tuple.source_port) + "->" +
             endpoint_name(tuple.destination_ip, is_ipv6, tuple.destination_port);
    }
    case DescriptorType::ipv4_server_socket:
      return endpoint_name(tuple.destination_ip, false, tuple.destination_port);
    case DescriptorType::ipv6_server_socket:
      return endpoint_name(tuple.destination_ip, true, tuple.destination_port);
    default:
      return {};
  }
}

bool is_mapped_ipv4(const IpAddress& address) {
  const auto zero = [](std::uint8_t byte) { return byte == 0; };
  if (!std::all_of(address.begin(), address.begin() + 10, zero)) return false;
  return (address[10] == 0xFF && address[11] == 0xFF) || std::all_of(address.begin() + 10, address.end(), zero);
}

IpAddress unmapped_ipv4(const IpAddress& address) {
  IpAddress inner{};
  std::copy_n(address.begin() + 12, 4, inner.begin());
  return inner;
}

}  // namespace tracer
