// Sockets are made, bound, connected and accepted.
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "apply.hpp"
#include "effects.hpp"
#include "network.hpp"
#include "socket_address.hpp"
#include "socket_text.hpp"

namespace tracer {
namespace {

constexpr std::uint32_t kernel_close_on_exec = 02000000;  // SOCK_CLOEXEC among the bits of a socket's type
constexpr std::int64_t in_progress = -115;                // -EINPROGRESS of the traced kernel

bool is_connection(const Descriptor& descriptor) {
  return descriptor.type == DescriptorType::ipv4_socket || descriptor.type == DescriptorType::ipv6_socket;
}

L4Protocol protocol_of(std::uint32_t type, std::uint32_t protocol) {
  const bool is_raw = type == SOCK_RAW;
  switch (protocol) {
    case IPPROTO_TCP:
      return is_raw ? L4Protocol::raw : L4Protocol::tcp;
    case IPPROTO_UDP:
      return is_raw ? L4Protocol::raw : L4Protocol::udp;
    case IPPROTO_ICMP:
      return is_raw ? L4Protocol::raw : L4Protocol::icmp;
    case IPPROTO_RAW:
      return L4Protocol::raw;
    case IPPROTO_IP:
      break;
    default:
      return L4Protocol::unknown;
  }
  switch (type & 0xff) {  // above are SOCK_NONBLOCK and SOCK_CLOEXEC
    case SOCK_STREAM:
      return L4Protocol::tcp;
    case SOCK_DGRAM:
      return L4Protocol::udp;
    default:
      return L4Protocol::unknown;
  }
}

void apply_socket(Update& update) {
  if (update.thread == nullptr || update.result() < 0 || update.param(1, 0).empty()) return;
  Descriptor socket;
  switch (update.value<std::uint32_t>(1, 0)) {
    case address_family::unix_local:
      socket.type = DescriptorType::unix_socket;
      break;
    case address_family::ipv4:
      socket.type = DescriptorType::ipv4_socket;
      break;
    case address_family::ipv6:
      socket.type = DescriptorType::ipv6_socket;
      break;
    case address_family::netlink:
      socket.type = DescriptorType::netlink;
      break;
    default:
      socket.type = DescriptorType::unknown;
  }
  if (is_connection(socket)) {
    socket.tuple.protocol = protocol_of(update.value<std::uint32_t>(2, 1), update.value<std::uint32_t>(3, 2));
  }
  socket.open_flags = update.record.value<std::uint32_t>(4);
  update.open(update.result(), std::move(socket));
}

void apply_bind(Update& update) {
  auto* socket = update.event.descriptor;
  if (socket == nullptr || update.result() < 0) return;
  const auto value = update.record.param(1);
  if (value.empty()) return;
  const auto address = read_sockaddr(value);
  if (address && address->is_ip() && address->port > 0) {
    // A socket with a port of its own is taken to be a server's.
    socket->type = address->is_ipv6() ? DescriptorType::ipv6_server_socket : DescriptorType::ipv4_server_socket;
    socket->tuple.destination_ip = address->ip;
    socket->tuple.destination_port = address->port;
    socket->role = SocketRole::server;
  }
  update.rename(*socket, sockaddr_text(value));
}

// The address a program asks to be connected to.
void set_destination(Update& update, Descriptor& socket, Bytes value) {
  const auto address = read_sockaddr(value);
  if (!address) return;
  if (!address->is_ip()) {
    update.rename(socket, std::string(address->path));
    return;
  }
  socket.type = address->is_ipv6() ? DescriptorType::ipv6_socket : DescriptorType::ipv4_socket;
  socket.tuple.destination_ip = address->ip;
  socket.tuple.destination_port = address->port;
}

void apply_connect_enter(Update& update) {
  if (update.event.descriptor != nullptr) set_destination(update, *update.event.descriptor, update.record.param(1));
}

void apply_connect(Update& update) {
  auto* socket = update.event.descriptor;
  if (socket == nullptr) return;
  // Where the enter event told the address, that is what the kernel was given.
  if (!update.event.has_enter) set_destination(update, *socket, update.record.param(3));
  const auto result = update.result();
  socket->connect_pending = result == in_progress;
  socket->connect_failed = result < 0 && result != in_progress;
  if (socket->connect_failed) return;
  socket->is_connected = true;

  const auto value = update.record.param(1);
  const auto ends = read_socktuple(value);
  if (!ends) return;
  if (ends->is_ip()) {
    const bool was_bound = socket->role == SocketRole::server;
    become_connection(*socket, ends->is_ipv6());
    const bool is_changed = set_ends(socket->tuple, ends->tuple);
    if (is_changed && was_bound && socket->tuple.protocol == L4Protocol::udp) swap_ends(socket->tuple);
    update.rename(*socket, socket_name_by_protocol(socket->type, socket->tuple));
  } else {
    set_unix_ends(*socket, ends->tuple);
    update.rename(*socket, socktuple_text(value));
  }
  if (socket->role == SocketRole::none) socket->role = SocketRole::client;
}

void apply_accept(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  update.thread->last_event_fd = update.result();
  const auto value = update.record.param(1);
  const auto ends = read_socktuple(value);
  if (!ends) return;
  Descriptor socket;
  socket.tuple = ends->tuple;
  if (ends->is_ip()) {
    socket.type = ends->is_ipv6() ? DescriptorType::ipv6_socket : DescriptorType::ipv4_socket;
    socket.tuple.protocol = L4Protocol::tcp;
  } else {
    socket.type = DescriptorType::unix_socket;
  }
  if (update.record.type == code::SOCKET_ACCEPT4_6_X) {
    socket.open_flags = update.record.value<std::uint32_t>(5) & flags::file_flags::O_CLOEXEC_;
  }
  socket.name = socktuple_text(value);
  socket.role = SocketRole::server;
  socket.is_connected = true;
  update.open(update.result(), std::move(socket));
}

void apply_socketpair(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  Descriptor socket;
  socket.type = DescriptorType::unix_socket;
  socket.tuple.source_pointer = update.record.value<std::uint64_t>(3);
  socket.tuple.destination_pointer = update.record.value<std::uint64_t>(4);
  socket.set_close_on_exec(update.value<std::uint32_t>(6, 1) & kernel_close_on_exec);
  const auto first = update.record.value<std::int64_t>(1);
  update.open(first, socket);
  update.open(update.record.value<std::int64_t>(2), socket);
  update.event.descriptor = update.find_descriptor(first);
}

// A datagram came from, or went to, the other end that `value` names.
void apply_tuple(Update& update, Bytes value, bool is_incoming) {
  auto& socket = *update.event.descriptor;
  const bool is_tcp = socket.type == DescriptorType::ipv4_socket && socket.tuple.protocol == L4Protocol::tcp;
  if (is_tcp && !socket.name.empty()) return;
  const auto ends = read_socktuple(value);
  if (!ends) return;
  if (!ends->is_ip()) {
    set_unix_ends(socket, ends->tuple);
    update.rename(socket, socktuple_text(value));
    return;
  }
  become_connection(socket, ends->is_ipv6());
  if (!set_ends(socket.tuple, ends->tuple)) return;
  // Only a protocol without connections changes ends.
  if (socket.tuple.protocol == L4Protocol::unknown) socket.tuple.protocol = L4Protocol::udp;
  fill_unspecified_end(socket, update.state.interfaces);
  if (socket.role == SocketRole::none) socket.role = guess_role(update.descriptors(), socket.tuple, is_incoming);
  if (socket.role == (is_incoming ? SocketRole::client : SocketRole::server)) swap_ends(socket.tuple);
  update.rename(socket, socket_name_by_protocol(socket.type, socket.tuple));
}

// Nobody saw this socket being made: what sends to an address without a connection is most likely UDP.
void infer_socket(Update& update, std::int64_t fd, Bytes value) {
  const auto ends = read_socktuple(value);
  if (!ends || !ends->is_ip() || fd < 0) return;
  Descriptor socket;
  socket.type = ends->is_ipv6() ? DescriptorType::ipv6_socket : DescriptorType::ipv4_socket;
  socket.tuple.protocol = L4Protocol::udp;
  update.open(fd, std::move(socket));
}

void apply_send_enter(Update& update) {
  if (update.thread == nullptr || update.event.descriptor != nullptr) return;
  infer_socket(update, update.record.value<std::int64_t>(0), update.record.param(2));
}

// SO_ERROR tells how a pending connection came out.
void apply_socket_option(Update& update) {
  auto* const socket = update.event.descriptor;
  if (socket == nullptr || !update.is_current() || update.result() < 0) return;
  if (update.record.value<std::uint8_t>(2) != flags::sockopt_levels::SOL_SOCKET_ ||
      update.record.value<std::uint8_t>(3) != flags::sockopt_options::SO_ERROR_) {
    return;
  }
  Cursor value(update.record.param(4));
  value.get<std::uint8_t>();  // which of the parameter's forms: an error number
  const auto error = value.get<std::int64_t>();
  if (value.failed() || !socket->connect_pending) return;
  socket->connect_pending = error == in_progress;
  socket->connect_failed = error < 0 && !socket->connect_pending;
  socket->is_connected = !socket->connect_failed;
}

void apply_transfer(Update& update) {
  auto* descriptor = update.event.descriptor;
  if (descriptor != nullptr && update.result() >= 0) note_transfer(*descriptor);
}

constexpr std::size_t nowhere = max_params;

// `tuple` is the parameter's place in the exit event, `enter_tuple` in the enter event.
template <std::size_t tuple, std::size_t enter_tuple = nowhere>
void apply_send(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  const auto value = update.param(tuple, enter_tuple);
  if (update.event.descriptor == nullptr) infer_socket(update, update.thread->last_event_fd, value);
  if (update.event.descriptor == nullptr) return;
  apply_transfer(update);
  apply_tuple(update, value, false);
}

// Descriptors that another process passed over a unix socket, from the control messages of recvmsg.
void apply_passed_descriptors(Update& update, Bytes control) {
  constexpr std::size_t header_size = 16, alignment = 8;
  while (control.size() > header_size) {
    Cursor cursor(control);
    const auto length = cursor.get<std::uint64_t>();
    const auto level = cursor.get<std::int32_t>();
    const auto type = cursor.get<std::int32_t>();
    if (length < header_size || length > control.size()) return;
    auto data = control.subspan(header_size, length - header_size);
    for (; level == SOL_SOCKET && type == SCM_RIGHTS && data.size() >= 4; data = data.subspan(4)) {
      update.receive(read_value<std::int32_t>(data.first<4>()), false);
    }
    control = control.subspan(std::min(control.size(), (length + alignment - 1) / alignment * alignment));
  }
}

template <std::size_t tuple, std::size_t control = nowhere>
void apply_receive(Update& update) {
  if (update.thread != nullptr && update.result() >= 0 && !update.record.param(control).empty()) {
    apply_passed_descriptors(update, update.record.param(control));
    if (update.event.descriptor != nullptr)
      update.event.descriptor = update.find_descriptor(update.thread->last_event_fd);
  }
  if (update.event.descriptor == nullptr || update.result() < 0) return;
  apply_transfer(update);
  apply_tuple(update, update.record.param(tuple), true);
}

constexpr Handler handlers[] = {
    {code::SOCKET_SOCKET_X, apply_socket, true},
    {code::SOCKET_BIND_X, apply_bind},
    {code::SOCKET_CONNECT_E, apply_connect_enter},
    {code::SOCKET_CONNECT_X, apply_connect, true},
    {code::SOCKET_ACCEPT_X, apply_accept},
    {code::SOCKET_ACCEPT_5_X, apply_accept},
    {code::SOCKET_ACCEPT4_X, apply_accept},
    {code::SOCKET_ACCEPT4_5_X, apply_accept},
    {code::SOCKET_ACCEPT4_6_X, apply_accept},
    {code::SOCKET_SOCKETPAIR_X, apply_socketpair},
    {code::SOCKET_SENDTO_E, apply_send_enter},
    {code::SOCKET_SEND_X, apply_send<4>},
    {code::SOCKET_SENDTO_X, apply_send<4, 2>, true},
    {code::SOCKET_SENDMSG_X, apply_send<4, 2>, true},
    {code::SOCKET_SENDMMSG_X, apply_send<4>},
    {code::SOCKET_RECV_X, apply_receive<4>},
    {code::SOCKET_RECVFROM_X, apply_receive<2>},
    {code::SOCKET_RECVMSG_X, apply_receive<3, 4>},
    {code::SOCKET_RECVMMSG_X, apply_receive<4, 5>},
    {code::SYSCALL_READ_X, apply_transfer, false, Effect::transfer},
    {code::SYSCALL_WRITE_X, apply_transfer, false, Effect::transfer},
    {code::SYSCALL_READV_X, apply_transfer, false, Effect::transfer},
    {code::SYSCALL_WRITEV_X, apply_transfer, false, Effect::transfer},
    {code::SYSCALL_PREAD_X, apply_transfer, false, Effect::transfer},
    {code::SYSCALL_PWRITE_X, apply_transfer, false, Effect::transfer},
    {code::SYSCALL_PREADV_X, apply_transfer, false, Effect::transfer},
    {code::SYSCALL_PWRITEV_X, apply_transfer, false, Effect::transfer},
    {code::SOCKET_GETSOCKOPT_X, apply_socket_option},
};

}  // namespace

std::span<const Handler> network_handlers() { return handlers; }

}  // namespace tracer
