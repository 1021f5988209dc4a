#include "proc_sockets.hpp"

#include <algorithm>
#include <cstring>

#include "../state/socket_text.hpp"

namespace tracer {
namespace {

// "0100007F:1F90": words as the kernel holds them in memory, then the port as a number.
bool parse_endpoint(std::string_view text, bool is_ipv6, IpAddress& address, std::uint16_t& port) {
  const std::size_t digits = is_ipv6 ? 32 : 8;
  if (text.size() <= digits || text[digits] != ':') return false;
  for (std::size_t word = 0; word * 8 < digits; ++word) {
    const auto value = number_in<std::uint32_t>(text.substr(word * 8, 8), 0, 16);
    std::memcpy(address.data() + word * sizeof value, &value, sizeof value);
  }
  port = number_in<std::uint16_t>(text.substr(digits + 1), 0, 16);
  return true;
}

void load_ip_sockets(std::string_view table, bool is_ipv6, L4Protocol protocol, Sockets& sockets) {
  take_line(table);  // column names
  while (!table.empty()) {
    auto line = take_line(table);
    take_word(line);  // number of the entry
    Descriptor socket;
    auto& tuple = socket.tuple;
    if (!parse_endpoint(take_word(line), is_ipv6, tuple.source_ip, tuple.source_port)) continue;
    if (!parse_endpoint(take_word(line), is_ipv6, tuple.destination_ip, tuple.destination_port)) continue;
    // State, queues, timer, retransmissions, uid, timeout.
    for (int column = 0; column < 6; ++column) take_word(line);
    socket.inode = number_in<std::uint64_t>(line);
    tuple.protocol = protocol;
    const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
    if (std::all_of(tuple.destination_ip.begin(), tuple.destination_ip.end(), is_zero)) {
      socket.type = is_ipv6 ? DescriptorType::ipv6_server_socket : DescriptorType::ipv4_server_socket;
      std::swap(tuple.source_ip, tuple.destination_ip);
      std::swap(tuple.source_port, tuple.destination_port);
    } else if (is_ipv6 && is_ipv4_mapped(tuple.source_ip) && is_ipv4_mapped(tuple.destination_ip)) {
      socket.type = DescriptorType::ipv4_socket;
      tuple.source_ip = unmapped(tuple.source_ip);
      tuple.destination_ip = unmapped(tuple.destination_ip);
    } else {
      socket.type = is_ipv6 ? DescriptorType::ipv6_socket : DescriptorType::ipv4_socket;
    }
    socket.name = socket_name(socket.type, tuple);
    sockets[socket.inode] = std::move(socket);
  }
}

void load_unix_sockets(std::string_view table, Sockets& sockets) {
  take_line(table);
  while (!table.empty()) {
    auto line = take_line(table);
    Descriptor socket;
    socket.type = DescriptorType::unix_socket;
    socket.tuple.source_pointer = number_in<std::uint64_t>(take_word(line), 0, 16);
    // References, protocol, flags, type, state.
    for (int column = 0; column < 5; ++column) take_word(line);
    socket.inode = number_in<std::uint64_t>(take_word(line));
    if (line.size() > 1) socket.name = line.substr(1);
    socket.role = socket.name.empty() ? SocketRole::client : SocketRole::server;
    sockets[socket.inode] = std::move(socket);
  }
}

void load_netlink_sockets(std::string_view table, Sockets& sockets) {
  take_line(table);
  while (!table.empty()) {
    auto line = take_line(table);
    // Address, protocol, port, groups, queues, dump, locks, drops.
    for (int column = 0; column < 9; ++column) take_word(line);
    Descriptor socket;
    socket.type = DescriptorType::netlink;
    socket.inode = number_in<std::uint64_t>(take_word(line));
    sockets[socket.inode] = std::move(socket);
  }
}

// Its inode; 0 if it may not be read.
std::uint64_t network_namespace(const ProcDirectory& process) {
  constexpr std::string_view prefix = "net:[";
  const auto link = process.link("ns/net");
  return link.starts_with(prefix) ? number_in<std::uint64_t>(link.substr(prefix.size())) : 0;
}

}  // namespace

const Sockets& SocketTables::of_now(const ProcDirectory& process) {
  by_namespace_.erase(network_namespace(process));
  return of(process);
}

const Sockets& SocketTables::of(const ProcDirectory& process) {
  const auto [at, is_new] = by_namespace_.try_emplace(network_namespace(process));
  auto& sockets = at->second;
  if (!is_new) return sockets;
  const ProcDirectory net(process.fd(), "net", buffers_);
  if (!net) return sockets;
  constexpr std::size_t any_size = std::size_t{1} << 30;
  load_ip_sockets(net.read("tcp", any_size), false, L4Protocol::tcp, sockets);
  load_ip_sockets(net.read("udp", any_size), false, L4Protocol::udp, sockets);
  load_ip_sockets(net.read("raw", any_size), false, L4Protocol::raw, sockets);
  load_ip_sockets(net.read("tcp6", any_size), true, L4Protocol::tcp, sockets);
  load_ip_sockets(net.read("udp6", any_size), true, L4Protocol::udp, sockets);
  load_ip_sockets(net.read("raw6", any_size), true, L4Protocol::raw, sockets);
  load_unix_sockets(net.read("unix", any_size), sockets);
  load_netlink_sockets(net.read("netlink", any_size), sockets);
  return sockets;
}

}  // namespace tracer
