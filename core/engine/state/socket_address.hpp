// Socket addresses and tuples as event parameters hold them.
#pragma once
#include <optional>
#include <string>

#include "../bytes.hpp"
#include "descriptor.hpp"

namespace tracer {

// A sockaddr parameter: one end of a connection. IPv4 inside IPv6 comes out as IPv4.
struct SocketAddress {
  std::uint8_t family = 0;
  IpAddress ip{};
  std::uint16_t port = 0;
  std::string_view path;  // of a unix socket

  bool is_ip() const;
  bool is_ipv6() const;
};

// A socktuple parameter: both ends. IPv4 inside IPv6 comes out as IPv4 where both ends are.
struct SocketEnds {
  std::uint8_t family = 0;
  SocketTuple tuple;      // its protocol is not known here
  std::string_view path;  // of a unix socket

  bool is_ip() const;
  bool is_ipv6() const;
};

// Nothing where there is no address, it is too short, or of a family that has no addresses here.
std::optional<SocketAddress> read_sockaddr(Bytes value);
std::optional<SocketEnds> read_socktuple(Bytes value);

}  // namespace tracer
