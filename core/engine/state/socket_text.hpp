// Socket addresses as text, in the notation of sysdig.
#pragma once
#include <string>

#include "../bytes.hpp"
#include "descriptor.hpp"

namespace tracer {

// Address families as events carry them.
namespace address_family {
inline constexpr std::uint8_t unspecified = 0;
inline constexpr std::uint8_t unix_local = 1;
inline constexpr std::uint8_t ipv4 = 2;
inline constexpr std::uint8_t ipv6 = 10;
inline constexpr std::uint8_t netlink = 16;
inline constexpr std::uint8_t packet = 17;
}  // namespace address_family

// An IPv4 address inside an IPv6 one (::ffff:a.b.c.d), or all zeroes.
bool is_ipv4_mapped(const IpAddress& address);
// The IPv4 address that a mapped one holds.
IpAddress unmapped(const IpAddress& address);

std::string address_text(const IpAddress& address, bool is_ipv6);                       // 1.2.3.4 or ::1
std::string endpoint_text(const IpAddress& address, std::uint16_t port, bool is_ipv6);  // 1.2.3.4:80, ::1:80
// "1.2.3.4:5->6.7.8.9:10", whatever the protocol.
std::string endpoints_text(const SocketTuple& tuple, bool is_ipv6);
// What an IP socket of this type is called: "1.2.3.4:5->6.7.8.9:10", of a server socket "1.2.3.4:5". Else "".
std::string socket_name(DescriptorType type, const SocketTuple& tuple);
// The same for a socket whose tuple an event has told: without ports where the protocol has none, "<unknown>" where
// the protocol is not known.
std::string socket_name_by_protocol(DescriptorType type, const SocketTuple& tuple);

// Values of event parameters: type sockaddr and socktuple. "" where there is no address, or bytes are missing.
std::string sockaddr_text(Bytes value);
std::string socktuple_text(Bytes value);

}  // namespace tracer
