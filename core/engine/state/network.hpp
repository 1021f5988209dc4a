// What is concluded about a socket from the tuples of its events.
#pragma once
#include <vector>

#include "state.hpp"

namespace tracer {

// A socket that exchanges data has two ends: of a server socket the address it was bound to gives way to them.
void become_connection(Descriptor& socket, bool is_ipv6);
// Takes over the ends an event tells of; a destination that is known stays. False if nothing is new: both ends are
// the same, in either order.
bool set_ends(SocketTuple& tuple, const SocketTuple& told);
void swap_ends(SocketTuple& tuple);
void set_unix_ends(Descriptor& socket, const SocketTuple& told);
// Puts the address of one of the machine's interfaces where an end is 0.0.0.0 or ::.
void fill_unspecified_end(Descriptor& socket, const std::vector<Interface>& interfaces);
// A process that has the destination port bound is the server; in doubt, who receives first.
SocketRole guess_role(const DescriptorTable& descriptors, const SocketTuple& tuple, bool is_incoming);

}  // namespace tracer
