#include "table_blocks.hpp"

#include <algorithm>
#include <set>

#include "../state/state.hpp"
#include "block_builder.hpp"

namespace tracer {
namespace {

using Threads = std::vector<const Thread*>;

void append_machine(BlockBuilder& block, const MachineInfo& machine) {
  block.begin(block::machine);
  block.put(machine.cpu_count);
  block.put(machine.memory_bytes);
  block.put(machine.max_pid);
  const auto hostname = std::string_view(machine.hostname).substr(0, hostname_size - 1);
  block.put_bytes(as_bytes(hostname));
  block.put_zeros(hostname_size - hostname.size());
  block.put(machine.boot_time);
  block.put(machine.flags);
  block.put_zeros(2 * sizeof(std::uint64_t));  // reserved
  block.end();
}

void append_interfaces(BlockBuilder& block, const std::vector<Interface>& interfaces) {
  block.begin(block::interfaces_v2);
  for (const bool is_ipv6 : {false, true}) {
    for (const auto& interface : interfaces) {
      if (interface.is_ipv6 != is_ipv6) continue;
      const auto name = std::string_view(interface.name).substr(0, max_path - 1);
      const auto entry = block.begin_entry();
      block.put<std::uint16_t>(is_ipv6 ? 2 : 1);
      block.put(static_cast<std::uint16_t>(name.size()));
      for (const auto* address : {&interface.address, &interface.netmask, &interface.broadcast}) {
        block.put_bytes(std::as_bytes(std::span(*address)).first(is_ipv6 ? 16 : 4));
      }
      block.put(interface.link_speed);
      block.put_bytes(as_bytes(name));
      block.end_entry(entry, false);
    }
  }
  block.end();
}

void append_users(BlockBuilder& block, const State& state) {
  enum : std::uint8_t { user_entry = 0, group_entry = 1 };
  block.begin(block::users_v2);
  for (const auto& [uid, user] : state.users) {
    const auto entry = block.begin_entry();
    block.put<std::uint8_t>(user_entry);
    block.put(user.uid);
    block.put(user.gid);
    for (const auto* text : {&user.name, &user.home, &user.shell}) block.put_text(*text, max_credential);
    block.end_entry(entry, true);
  }
  for (const auto& [gid, group] : state.groups) {
    const auto entry = block.begin_entry();
    block.put<std::uint8_t>(group_entry);
    block.put(group.gid);
    block.put_text(group.name, max_credential);
    block.end_entry(entry, true);
  }
  block.end();
}

void append_threads(BlockBuilder& block, const Threads& threads) {
  block.begin(block::threads_v9);
  for (const auto* thread : threads) {
    const auto entry = block.begin_entry();
    for (const auto id : {thread->tid, thread->pid, thread->ptid, thread->sid, thread->vpgid}) block.put(id);
    block.put_text(thread->comm, max_path);
    block.put_text(thread->exe, max_path);
    block.put_text(thread->exepath, max_path);
    block.put_text(thread->args, max_arguments);
    std::string_view cwd = thread->cwd;
    if (cwd.size() > 1 && cwd.ends_with('/')) cwd.remove_suffix(1);
    block.put_text(cwd, max_path);
    block.put(thread->fd_limit);
    block.put(thread->flags);
    block.put(thread->uid);
    block.put(thread->gid);
    block.put(thread->vm_size_kb);
    block.put(thread->vm_rss_kb);
    block.put(thread->vm_swap_kb);
    block.put(thread->major_faults);
    block.put(thread->minor_faults);
    block.put_text(thread->env, max_arguments);
    block.put(thread->vtid);
    block.put(thread->vpid);
    block.put_text(thread->cgroups, max_arguments);
    block.put_text(thread->root, max_path);
    // A tail of at most these 29 bytes is read in the same order by old and new readers.
    block.put(thread->login_uid);
    block.put<std::uint8_t>(thread->exe_writable);
    block.put(thread->cap_inheritable);
    block.put(thread->cap_permitted);
    block.put(thread->cap_effective);
    block.end_entry(entry, true);
  }
  block.end();
}

// Readers take a connection's first end for the local one, and turn it round where its port is one that a server
// socket of the tables has. What came from such a turn goes back.
SocketTuple tuple_as_stored(const Descriptor& descriptor, const std::set<std::uint16_t>& server_ports) {
  auto tuple = descriptor.tuple;
  if (descriptor.role == SocketRole::server && server_ports.contains(tuple.destination_port)) {
    std::swap(tuple.source_ip, tuple.destination_ip);
    std::swap(tuple.source_port, tuple.destination_port);
  }
  return tuple;
}

void append_descriptor(BlockBuilder& block, std::int64_t fd, const Descriptor& descriptor,
                       const std::set<std::uint16_t>& server_ports) {
  // Types that came later make sysdig 0.29.3 refuse the file.
  const bool is_newer = descriptor.type > DescriptorType::file_v2;
  const auto type = is_newer ? DescriptorType::unsupported : descriptor.type;
  const auto entry = block.begin_entry();
  block.put(fd);
  block.put(descriptor.inode);
  block.put(type);
  const auto put_address = [&](const IpAddress& address, std::size_t size) {
    block.put_bytes(std::as_bytes(std::span(address)).first(size));
  };
  const std::size_t address_size = descriptor.is_ipv6() ? 16 : 4;
  switch (type) {
    case DescriptorType::ipv4_socket:
    case DescriptorType::ipv6_socket: {
      const auto tuple =
          type == DescriptorType::ipv4_socket ? tuple_as_stored(descriptor, server_ports) : descriptor.tuple;
      put_address(tuple.source_ip, address_size);
      put_address(tuple.destination_ip, address_size);
      block.put(tuple.source_port);
      block.put(tuple.destination_port);
      block.put(tuple.protocol);
      break;
    }
    case DescriptorType::ipv4_server_socket:
    case DescriptorType::ipv6_server_socket:
      put_address(descriptor.tuple.destination_ip, address_size);
      block.put(descriptor.tuple.destination_port);
      block.put(descriptor.tuple.protocol);
      break;
    case DescriptorType::unix_socket:
      block.put(descriptor.tuple.source_pointer);
      block.put(descriptor.tuple.destination_pointer);
      block.put_text(descriptor.name, max_path - 1);
      break;
    case DescriptorType::file_v2:
      block.put(descriptor.open_flags);
      block.put_text(descriptor.name, max_path - 1);
      block.put(descriptor.device);
      break;
    default:
      block.put_text(descriptor.name, max_path - 1);
  }
  block.end_entry(entry, true);
}

void append_descriptors(BlockBuilder& block, const Thread& thread, const std::set<std::uint16_t>& server_ports) {
  std::vector<std::pair<std::int64_t, const Descriptor*>> known;
  for (const auto& [fd, descriptor] : *thread.descriptors) {
    if (fd >= 0 && descriptor.type > DescriptorType::unknown) known.emplace_back(fd, &descriptor);
  }
  if (known.empty()) return;
  std::sort(known.begin(), known.end());
  block.begin(block::descriptors_v2);
  block.put(thread.tid);
  for (const auto& [fd, descriptor] : known) append_descriptor(block, fd, *descriptor, server_ports);
  block.end();
}

}  // namespace

void append_section_header(std::vector<std::byte>& out) {
  BlockBuilder block(out);
  block.begin(block::section);
  block.put(byte_order_magic);
  block.put(std::uint16_t{1});  // version 1.2
  block.put(std::uint16_t{2});
  block.put(~std::uint64_t{0});  // length of the section: not known
  block.end();
}

void append_table_blocks(std::vector<std::byte>& out, const State& state) {
  Threads threads;
  std::set<std::uint16_t> server_ports;
  for (const auto& [tid, known] : state.threads) {
    if (known->is_placeholder) continue;
    // Blocks cannot follow events: what holds a little later only is better than what is not known.
    const auto* const held = state.held_thread(tid);
    const auto* const thread = held == nullptr ? known.get() : held;
    threads.push_back(thread);
    for (const auto& [fd, descriptor] : *thread->descriptors) {
      const bool is_server = descriptor.type == DescriptorType::ipv4_server_socket ||
                             descriptor.type == DescriptorType::ipv6_server_socket;
      if (is_server) server_ports.insert(descriptor.tuple.destination_port);
    }
  }
  std::sort(threads.begin(), threads.end(), [](const auto* a, const auto* b) { return a->tid < b->tid; });

  BlockBuilder block(out);
  append_machine(block, state.machine);
  if (!state.interfaces.empty()) append_interfaces(block, state.interfaces);
  if (!state.users.empty() || !state.groups.empty()) append_users(block, state);
  if (!threads.empty()) append_threads(block, threads);
  for (const auto* thread : threads) append_descriptors(block, *thread, server_ports);
}

}  // namespace tracer
