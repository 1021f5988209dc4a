// What is known of one open file descriptor.
#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <unordered_map>

#include "../schema.hpp"
#include "attachment.hpp"

namespace tracer {

// scap's descriptor types; the values are those of FDL blocks.
enum class DescriptorType : std::int8_t {
  uninitialized = -1,
  unknown = 0,
  file = 1,
  directory = 2,
  ipv4_socket = 3,
  ipv6_socket = 4,
  ipv4_server_socket = 5,
  ipv6_server_socket = 6,
  fifo = 7,
  unix_socket = 8,
  event = 9,
  unsupported = 10,
  signalfd = 11,
  eventpoll = 12,
  inotify = 13,
  timerfd = 14,
  netlink = 15,
  file_v2 = 16,
  bpf = 17,
  userfaultfd = 18,
  io_uring = 19,
  memfd = 20,
  pidfd = 21,
};

enum class L4Protocol : std::uint8_t { unknown = 0, na = 1, tcp = 2, udp = 3, icmp = 4, raw = 5 };

// An address in network byte order; IPv4 uses the first four bytes.
using IpAddress = std::array<std::uint8_t, 16>;

// Both ends of a socket. Ports in host order; a server socket has only the local (destination) end.
struct SocketTuple {
  IpAddress source_ip{};
  IpAddress destination_ip{};
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  L4Protocol protocol = L4Protocol::unknown;
  std::uint64_t source_pointer = 0;  // unix sockets: kernel addresses of the two ends
  std::uint64_t destination_pointer = 0;
};

enum class SocketRole : std::uint8_t { none, client, server };

struct Descriptor {
  DescriptorType type = DescriptorType::uninitialized;
  SocketRole role = SocketRole::none;
  bool is_connected = false;  // by connect (even while connect_pending) or accept, or found so
  bool connect_failed = false;
  bool connect_pending = false;
  bool is_cloned_in_child = false;
  bool is_upper_layer = false;  // of an overlay file system
  bool is_lower_layer = false;
  bool close_in_progress = false;  // between the enter and the exit event of close
  bool close_canceled = false;     // opened anew in between: that exit event does not end it
  bool may_close_on_exec = false;  // nothing said whether it does
  std::uint32_t open_flags = 0;    // PPM_O_*
  std::uint32_t device = 0;
  std::uint32_t mount_id = 0;
  std::uint64_t inode = 0;
  std::int64_t pid = 0;  // of a pidfd: the process it stands for
  std::string name;      // as shown: resolved path, tuple text, ...
  std::string name_raw;  // as the program gave it
  std::string old_name;  // before the last change of a socket's tuple
  SocketTuple tuple;
  Attachment attachment;

  bool closes_on_exec() const { return (open_flags & flags::file_flags::O_CLOEXEC_) != 0; }
  void set_close_on_exec(bool closes) {
    may_close_on_exec = false;
    open_flags = (open_flags & ~flags::file_flags::O_CLOEXEC_) | (closes ? flags::file_flags::O_CLOEXEC_ : 0);
  }
  bool is_ipv4() const { return type == DescriptorType::ipv4_socket || type == DescriptorType::ipv4_server_socket; }
  bool is_ipv6() const { return type == DescriptorType::ipv6_socket || type == DescriptorType::ipv6_server_socket; }
  bool is_socket() const { return is_ipv4() || is_ipv6() || type == DescriptorType::unix_socket; }
  bool is_file() const { return type == DescriptorType::file || type == DescriptorType::file_v2; }
};

// The descriptors of one process (or of one thread that does not share them).
class DescriptorTable {
 public:
  static constexpr std::size_t max_size = 131072;  // what is opened beyond is not kept
  // Where a descriptor goes whose number was given out again while it was being closed.
  static constexpr std::int64_t canceled_fd = std::numeric_limits<std::int64_t>::max();

  Descriptor* find(std::int64_t fd) {
    const auto& recent = recent_[slot_of(fd)];
    return recent.descriptor != nullptr && recent.fd == fd ? recent.descriptor : look_up(fd);
  }
  // Adds or replaces. Where the table is full, returns a spare one that no lookup finds.
  Descriptor& set(std::int64_t fd, Descriptor descriptor);
  void erase(std::int64_t fd);
  // Takes out each for which `ends(fd, descriptor)` is true.
  template <typename Ends>
  void erase_if(Ends ends) {
    std::erase_if(table_, [&](const auto& entry) { return ends(entry.first, entry.second); });
    recent_ = {};
  }
  void clear();
  std::size_t size() const { return table_.size(); }
  auto begin() { return table_.begin(); }
  auto end() { return table_.end(); }
  auto begin() const { return table_.begin(); }
  auto end() const { return table_.end(); }

  DescriptorTable() = default;
  DescriptorTable(const DescriptorTable& other) : table_(other.table_) {}
  DescriptorTable& operator=(const DescriptorTable& other);

 private:
  using Table = std::unordered_map<std::int64_t, Descriptor>;
  struct Recent {
    std::int64_t fd = -1;
    Descriptor* descriptor = nullptr;
  };
  static constexpr std::size_t recent_size = 8;
  static std::size_t slot_of(std::int64_t fd) { return static_cast<std::size_t>(fd) % recent_size; }
  Descriptor* look_up(std::int64_t fd);

  std::array<Recent, recent_size> recent_;  // of the table, those used last
  Table table_;
  Table::node_type free_;  // of the descriptor erased last, for the next one
  std::unique_ptr<Descriptor> spare_;
};

}  // namespace tracer
