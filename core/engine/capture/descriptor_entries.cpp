// Descriptor list blocks: the open descriptors of one thread.
#include "../state/socket_text.hpp"
#include "blocks.hpp"
#include "table_entries.hpp"

namespace tracer {
namespace {

IpAddress get_address(Cursor& cursor, std::size_t size) {
  IpAddress address{};
  const auto bytes = cursor.take(size);
  if (!bytes.empty()) std::memcpy(address.data(), bytes.data(), bytes.size());
  return address;
}

L4Protocol get_protocol(Cursor& cursor) { return static_cast<L4Protocol>(cursor.get<std::uint8_t>()); }

void read_connection(Cursor& cursor, std::size_t address_size, Descriptor& descriptor) {
  auto& tuple = descriptor.tuple;
  tuple.source_ip = get_address(cursor, address_size);
  tuple.destination_ip = get_address(cursor, address_size);
  tuple.source_port = cursor.get<std::uint16_t>();
  tuple.destination_port = cursor.get<std::uint16_t>();
  tuple.protocol = get_protocol(cursor);
  if (descriptor.type == DescriptorType::ipv6_socket && is_ipv4_mapped(tuple.source_ip) &&
      is_ipv4_mapped(tuple.destination_ip)) {
    descriptor.type = DescriptorType::ipv4_socket;
    tuple.source_ip = unmapped(tuple.source_ip);
    tuple.destination_ip = unmapped(tuple.destination_ip);
  }
  descriptor.name = socket_name(descriptor.type, tuple);
}

void read_server(Cursor& cursor, std::size_t address_size, Descriptor& descriptor) {
  auto& tuple = descriptor.tuple;
  tuple.destination_ip = get_address(cursor, address_size);
  tuple.destination_port = cursor.get<std::uint16_t>();
  tuple.protocol = get_protocol(cursor);
  descriptor.name = socket_name(descriptor.type, tuple);
}

Descriptor read_descriptor(Cursor& cursor, bool has_length) {
  const auto get_name = [&] {
    const auto text = cursor.text16();
    if (text.size() >= max_path) cursor.fail();
    return std::string(as_c_text(as_bytes(text)));
  };
  Descriptor descriptor;
  descriptor.inode = cursor.get<std::uint64_t>();
  const auto type = cursor.get<std::uint8_t>();
  descriptor.type = static_cast<DescriptorType>(type);
  switch (descriptor.type) {
    case DescriptorType::ipv4_socket:
      read_connection(cursor, 4, descriptor);
      break;
    case DescriptorType::ipv6_socket:
      read_connection(cursor, 16, descriptor);
      break;
    case DescriptorType::ipv4_server_socket:
      read_server(cursor, 4, descriptor);
      break;
    case DescriptorType::ipv6_server_socket:
      read_server(cursor, 16, descriptor);
      break;
    case DescriptorType::unix_socket:
      descriptor.tuple.source_pointer = cursor.get<std::uint64_t>();
      descriptor.tuple.destination_pointer = cursor.get<std::uint64_t>();
      descriptor.name = get_name();
      descriptor.role = descriptor.name.empty() ? SocketRole::client : SocketRole::server;
      break;
    case DescriptorType::file_v2:
      descriptor.open_flags = cursor.get<std::uint32_t>();
      descriptor.name = get_name();
      if (has_length && cursor.remaining() >= sizeof descriptor.device) descriptor.device = cursor.get<std::uint32_t>();
      break;
    case DescriptorType::unknown:
      break;
    default:
      if (type <= static_cast<std::uint8_t>(DescriptorType::pidfd)) {
        descriptor.name = get_name();
      } else if (has_length) {
        descriptor.type = DescriptorType::unsupported;
      } else {
        cursor.fail();  // there is no telling where the next entry begins
      }
  }
  return descriptor;
}

}  // namespace

void load_descriptors(std::uint32_t block_type, Bytes body, std::uint64_t offset, State& state) {
  Cursor cursor(body);
  const auto tid = cursor.get<std::int64_t>();
  if (cursor.failed()) throw FormatError(offset, "descriptor list is too short");
  // A list for a thread that the capture does not describe is checked, and left out.
  auto* const thread = state.threads.find(tid);
  const EntryReader entries{body.subspan(cursor.position()), offset + cursor.position()};
  entries.each(block_type == block::descriptors_v2, true, "descriptor entry", [&](Cursor& entry, bool has_length) {
    const auto fd = entry.get<std::int64_t>();
    auto descriptor = read_descriptor(entry, has_length);
    if (entry.failed() || !thread || descriptor.type == DescriptorType::unknown) return;
    thread->descriptors->set(fd, std::move(descriptor));
  });
}

}  // namespace tracer
