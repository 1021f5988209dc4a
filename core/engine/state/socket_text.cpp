#include "socket_text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>

#include "socket_address.hpp"

namespace tracer {
namespace {

std::string pair_text(const std::string& source, const std::string& destination) { return source + "->" + destination; }

IpAddress take_address(Cursor& cursor, bool is_ipv6) {
  IpAddress address{};
  const auto bytes = cursor.take(is_ipv6 ? 16 : 4);
  if (!bytes.empty()) std::memcpy(address.data(), bytes.data(), bytes.size());
  return address;
}

}  // namespace

bool is_ipv4_mapped(const IpAddress& address) {
  static constexpr IpAddress none{};
  if (!std::equal(none.begin(), none.begin() + 10, address.begin())) return false;
  return (address[10] == 0xff && address[11] == 0xff) || address == none;
}

IpAddress unmapped(const IpAddress& address) {
  IpAddress ipv4{};
  std::copy(address.begin() + 12, address.end(), ipv4.begin());
  return ipv4;
}

std::string address_text(const IpAddress& address, bool is_ipv6) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, address.data(), text, sizeof text);
  return text;
}

std::string endpoint_text(const IpAddress& address, std::uint16_t port, bool is_ipv6) {
  return address_text(address, is_ipv6) + ':' + std::to_string(port);
}

std::string endpoints_text(const SocketTuple& tuple, bool is_ipv6) {
  if (is_ipv6 && is_ipv4_mapped(tuple.source_ip) && is_ipv4_mapped(tuple.destination_ip)) {
    return pair_text(endpoint_text(unmapped(tuple.source_ip), tuple.source_port, false),
                     endpoint_text(unmapped(tuple.destination_ip), tuple.destination_port, false));
  }
  return pair_text(endpoint_text(tuple.source_ip, tuple.source_port, is_ipv6),
                   endpoint_text(tuple.destination_ip, tuple.destination_port, is_ipv6));
}

std::string socket_name(DescriptorType type, const SocketTuple& tuple) {
  switch (type) {
    case DescriptorType::ipv4_socket:
    case DescriptorType::ipv6_socket:
      return endpoints_text(tuple, type == DescriptorType::ipv6_socket);
    case DescriptorType::ipv4_server_socket:
    case DescriptorType::ipv6_server_socket:
      return endpoint_text(tuple.destination_ip, tuple.destination_port, type == DescriptorType::ipv6_server_socket);
    default:
      return "";
  }
}

std::string socket_name_by_protocol(DescriptorType type, const SocketTuple& tuple) {
  const bool is_ipv6 = type == DescriptorType::ipv6_socket;
  if (!is_ipv6 && type != DescriptorType::ipv4_socket) return socket_name(type, tuple);
  switch (tuple.protocol) {
    case L4Protocol::tcp:
    case L4Protocol::udp:
      return endpoints_text(tuple, is_ipv6);
    case L4Protocol::icmp:
    case L4Protocol::raw:
      return pair_text(address_text(tuple.source_ip, is_ipv6), address_text(tuple.destination_ip, is_ipv6));
    default:
      return "<unknown>";
  }
}

std::string sockaddr_text(Bytes value) {
  if (value.empty()) return "";
  const auto family = read_value<std::uint8_t>(value);
  const auto address = read_sockaddr(value);
  if (address && address->family == address_family::unix_local) return std::string(address->path);
  if (family == address_family::ipv4 || family == address_family::ipv6) {
    const bool is_ipv6 = family == address_family::ipv6;
    Cursor cursor(value.subspan(1));
    const auto ip = take_address(cursor, is_ipv6);
    const auto port = cursor.get<std::uint16_t>();
    if (cursor.failed() || cursor.remaining() != 0) return is_ipv6 ? "INVALID IPv6" : "INVALID IPv4";
    return endpoint_text(ip, port, is_ipv6);
  }
  return "family " + std::to_string(family);
}

std::string socktuple_text(Bytes value) {
  if (value.empty()) return "";
  const auto family = read_value<std::uint8_t>(value);
  const auto ends = read_socktuple(value);
  if (ends && ends->is_ip()) return endpoints_text(ends->tuple, ends->is_ipv6());
  if (ends) {
    char pointers[40];
    std::snprintf(pointers, sizeof pointers, "%lx->%lx ", ends->tuple.source_pointer, ends->tuple.destination_pointer);
    return pointers + std::string(ends->path);
  }
  if (family == address_family::ipv4) return "INVALID IPv4";
  if (family == address_family::ipv6) return "INVALID IPv6";
  return "family " + std::to_string(family);
}

}  // namespace tracer
