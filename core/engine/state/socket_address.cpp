#include "socket_address.hpp"

#include "socket_text.hpp"

namespace tracer {
namespace {

IpAddress take_ip(Cursor& cursor, bool is_ipv6) {
  IpAddress address{};
  const auto bytes = cursor.take(is_ipv6 ? address.size() : 4);
  if (!bytes.empty()) std::memcpy(address.data(), bytes.data(), bytes.size());
  return address;
}

bool is_ip_family(std::uint8_t family) { return family == address_family::ipv4 || family == address_family::ipv6; }

}  // namespace

bool SocketAddress::is_ip() const { return is_ip_family(family); }
bool SocketAddress::is_ipv6() const { return family == address_family::ipv6; }
bool SocketEnds::is_ip() const { return is_ip_family(family); }
bool SocketEnds::is_ipv6() const { return family == address_family::ipv6; }

std::optional<SocketAddress> read_sockaddr(Bytes value) {
  Cursor cursor(value);
  SocketAddress address;
  address.family = cursor.get<std::uint8_t>();
  if (address.is_ip()) {
    address.ip = take_ip(cursor, address.is_ipv6());
    address.port = cursor.get<std::uint16_t>();
    if (address.is_ipv6() && is_ipv4_mapped(address.ip)) {
      address.family = address_family::ipv4;
      address.ip = unmapped(address.ip);
    }
  } else if (address.family == address_family::unix_local) {
    address.path = as_c_text(cursor.take(cursor.remaining()));
  } else {
    return std::nullopt;
  }
  if (cursor.failed()) return std::nullopt;
  return address;
}

std::optional<SocketEnds> read_socktuple(Bytes value) {
  Cursor cursor(value);
  SocketEnds ends;
  auto& tuple = ends.tuple;
  ends.family = cursor.get<std::uint8_t>();
  if (ends.is_ip()) {
    tuple.source_ip = take_ip(cursor, ends.is_ipv6());
    tuple.source_port = cursor.get<std::uint16_t>();
    tuple.destination_ip = take_ip(cursor, ends.is_ipv6());
    tuple.destination_port = cursor.get<std::uint16_t>();
    if (ends.is_ipv6() && is_ipv4_mapped(tuple.source_ip) && is_ipv4_mapped(tuple.destination_ip)) {
      ends.family = address_family::ipv4;
      tuple.source_ip = unmapped(tuple.source_ip);
      tuple.destination_ip = unmapped(tuple.destination_ip);
    }
  } else if (ends.family == address_family::unix_local) {
    tuple.source_pointer = cursor.get<std::uint64_t>();
    tuple.destination_pointer = cursor.get<std::uint64_t>();
    ends.path = as_c_text(cursor.take(cursor.remaining()));
  } else {
    return std::nullopt;
  }
  if (cursor.failed()) return std::nullopt;
  return ends;
}

}  // namespace tracer
