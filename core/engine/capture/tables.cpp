#include "tables.hpp"

#include <algorithm>
#include <set>

#include "../state/socket_text.hpp"
#include "blocks.hpp"
#include "table_entries.hpp"

namespace tracer {
namespace {

void load_machine(const EntryReader& block, State& state) {
  Cursor cursor(block.body);
  auto& machine = state.machine;
  machine.cpu_count = cursor.get<std::uint32_t>();
  machine.memory_bytes = cursor.get<std::uint64_t>();
  machine.max_pid = cursor.get<std::uint64_t>();
  machine.hostname = as_c_text(cursor.take(hostname_size));
  machine.boot_time = cursor.get<std::uint64_t>();
  machine.flags = cursor.get<std::uint64_t>();
  cursor.take(2 * sizeof(std::uint64_t));  // reserved
  if (cursor.failed()) throw FormatError(block.offset, "machine information is too short");
}

void load_interfaces(bool has_lengths, const EntryReader& entries, State& state) {
  enum : std::uint16_t { ipv4 = 1, ipv6 = 2, ipv4_without_speed = 3, ipv6_without_speed = 4 };
  state.interfaces.clear();
  entries.each(has_lengths, false, "interface entry", [&](Cursor& cursor, bool) {
    const auto type = cursor.get<std::uint16_t>();
    const auto name_length = cursor.get<std::uint16_t>();
    Interface interface;
    interface.is_ipv6 = type == ipv6 || type == ipv6_without_speed;
    const auto get_address = [&](IpAddress& address) {
      const auto bytes = cursor.take(interface.is_ipv6 ? 16 : 4);
      if (!bytes.empty()) std::memcpy(address.data(), bytes.data(), bytes.size());
    };
    get_address(interface.address);
    get_address(interface.netmask);
    get_address(interface.broadcast);
    if (type == ipv4 || type == ipv6) interface.link_speed = cursor.get<std::uint64_t>();
    interface.name = as_c_text(cursor.take(name_length));
    if (type < ipv4 || type > ipv6_without_speed || name_length >= max_path) cursor.fail();
    state.interfaces.push_back(std::move(interface));
  });
}

void load_users(bool has_lengths, const EntryReader& entries, State& state) {
  enum : std::uint8_t { user_entry = 0 };  // anything else is a group
  state.users.clear();
  state.groups.clear();
  entries.each(has_lengths, true, "user or group entry", [&](Cursor& cursor, bool) {
    const auto get_text = [&] {
      const auto text = cursor.text16();
      if (text.size() > max_credential) cursor.fail();
      return std::string(as_c_text(as_bytes(text)));
    };
    if (cursor.get<std::uint8_t>() == user_entry) {
      User user;
      user.uid = cursor.get<std::uint32_t>();
      user.gid = cursor.get<std::uint32_t>();
      user.name = get_text();
      user.home = get_text();
      user.shell = get_text();
      state.users[user.uid] = std::move(user);
    } else {
      Group group;
      group.gid = cursor.get<std::uint32_t>();
      group.name = get_text();
      state.groups[group.gid] = std::move(group);
    }
  });
}

}  // namespace

void load_table_block(std::uint32_t type, Bytes body, std::uint64_t offset, State& state) {
  const EntryReader entries{body, offset};
  switch (type) {
    case block::machine:
    case block::machine_legacy:
      return load_machine(entries, state);
    case block::interfaces:
    case block::interfaces_legacy:
      return load_interfaces(false, entries, state);
    case block::interfaces_v2:
      return load_interfaces(true, entries, state);
    case block::users:
    case block::users_legacy:
      return load_users(false, entries, state);
    case block::users_v2:
      return load_users(true, entries, state);
    case block::threads_v1:
    case block::threads_v2:
    case block::threads_v3:
    case block::threads_v4:
    case block::threads_v5:
    case block::threads_v6:
    case block::threads_v7:
    case block::threads_v8:
    case block::threads_v9:
    case block::threads_v1_legacy:
    case block::threads_v2_legacy:
    case block::threads_v3_legacy:
      return load_threads(type, entries, state);
    case block::descriptors:
    case block::descriptors_legacy:
    case block::descriptors_v2:
      return load_descriptors(type, body, offset, state);
    default:
      return;
  }
}

void finish_tables(State& state, std::span<Thread* const> more) {
  std::vector<Thread*> threads(more.begin(), more.end());
  for (const auto& [tid, thread] : state.threads) threads.push_back(thread.get());
  std::set<std::uint16_t> server_ports;
  for (const auto* thread : threads) {
    for (const auto& [fd, descriptor] : *thread->descriptors) {
      const bool is_server = descriptor.type == DescriptorType::ipv4_server_socket ||
                             descriptor.type == DescriptorType::ipv6_server_socket;
      if (is_server) server_ports.insert(descriptor.tuple.destination_port);
    }
  }
  // Tables give the local end of a connection first; a tuple has the client's first.
  for (const auto* thread : threads) {
    for (auto& [fd, descriptor] : *thread->descriptors) {
      if (descriptor.type != DescriptorType::ipv4_socket) continue;
      auto& tuple = descriptor.tuple;
      if (server_ports.contains(tuple.source_port)) {
        std::swap(tuple.source_ip, tuple.destination_ip);
        std::swap(tuple.source_port, tuple.destination_port);
        descriptor.name = socket_name(descriptor.type, tuple);
        descriptor.role = SocketRole::server;
      } else {
        descriptor.role = SocketRole::client;
      }
    }
  }
}

void load_table_blocks(Bytes blocks, State& state) {
  Cursor cursor(blocks);
  while (cursor.remaining() > 0) {
    const auto start = cursor.position();
    const auto type = cursor.get<std::uint32_t>();
    const auto length = cursor.get<std::uint32_t>();
    constexpr std::size_t frame = block_header_size + block_trailer_size;
    const auto body = cursor.take(length < frame ? blocks.size() + 1 : length - frame);
    const auto trailer = cursor.get<std::uint32_t>();
    if (cursor.failed() || trailer != length) throw FormatError(start, "bad block length " + std::to_string(length));
    load_table_block(type, body, start + block_header_size, state);
  }
  finish_tables(state);
}

}  // namespace tracer
