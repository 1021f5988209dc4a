// The names of sockets, as shown.
#pragma once
#include <string>

#include "descriptor.hpp"

namespace tracer {

// "10.0.2.15:80", "::1:80"
std::string endpoint_name(const IpAddress& address, bool is_ipv6, std::uint16_t port);
// What the tuple of an IP socket reads like: "10.0.2.15:40816->10.0.2.2:80", of a server socket "0.0.0.0:80".
// Empty for other types.
std::string socket_name(DescriptorType type, const SocketTuple& tuple);
// True for ::ffff:a.b.c.d, and for :: (which nothing tells from 0.0.0.0).
bool is_mapped_ipv4(const IpAddress& address);
// The IPv4 address inside a mapped one.
IpAddress unmapped_ipv4(const IpAddress& address);

}  // namespace tracer
