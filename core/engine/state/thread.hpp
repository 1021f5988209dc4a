// What is known of one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "descriptor.hpp"

namespace tracer {

// Stands for a name or a directory that nothing has told of.
inline constexpr std::string_view not_known = "<NA>";

inline constexpr std::uint32_t no_id = 0xFFFFFFFF;

// Bits of Thread::flags that are no flags of clone.
namespace thread_flag {
inline constexpr std::uint32_t active = 1u << 19;  // has made an event
inline constexpr std::uint32_t pipe_source = 1u << 21;
inline constexpr std::uint32_t pipe_destination = 1u << 22;
inline constexpr std::uint32_t main_thread = 1u << 30;
}  // namespace thread_flag

// The enter event a thread is in, kept until its exit event.
struct PendingEnter {
  std::uint16_t type = 0xFFFF;  // 0xFFFF: none
  std::uint16_t cpu = 0;
  std::uint64_t timestamp = 0;
  std::uint64_t number = 0;
  std::vector<std::byte> raw;  // the v2 or v1 record; only for events whose exit needs the parameters
  bool is_v1 = false;
  bool is_used = false;  // its exit event has come
  bool valid() const { return type != 0xFFFF; }
};

// clone returns twice: in the thread that made the call and in the one that it made. Which return has not come.
// Of a thread that was found, either may still come, or both, while it is young.
enum class CloneReturn : std::uint8_t { none, in_parent, in_child, in_either };

struct Thread {
  std::int64_t tid = -1;
  std::int64_t pid = -1;   // thread group
  std::int64_t ptid = -1;  // parent
  std::int64_t sid = -1;
  std::int64_t pgid = -1;
  std::int64_t vtid = -1;  // as seen in the thread's own pid namespace
  std::int64_t vpid = -1;
  std::int64_t vpgid = -1;
  std::string comm;

  // What every event looks at or changes stands together; see ThreadTable::fetch_thread.
  std::uint32_t flags = 0;      // PPM_CL_*
  bool is_placeholder = false;  // made for an event of a thread that nobody announced
  std::uint64_t last_access_time = 0;
  std::uint64_t last_latency = 0;  // ns from enter to exit; 0 = not known
  std::int64_t last_event_fd = -1;
  PendingEnter enter;
  // Its own; a thread that shares its leader's (ThreadTable::descriptors) has an empty one.
  std::shared_ptr<DescriptorTable> descriptors = std::make_shared<DescriptorTable>();
  // Where ThreadTable::main_thread found the leader, good while the table's generation is the same.
  Thread* leader = nullptr;
  std::uint64_t leader_generation = 0;
  std::uint32_t vm_size_kb = 0;
  std::uint32_t vm_rss_kb = 0;
  std::uint32_t vm_swap_kb = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t minor_faults = 0;

  std::string exe;      // argv[0]
  std::string exepath;  // path of the executable
  std::string args;     // argv[1..], each followed by NUL
  std::string env;      // each entry followed by NUL
  std::string cwd;      // with a final '/'; ThreadTable::working_directory says whose counts
  std::string cgroups;  // "subsystem=/path", each followed by NUL
  std::string root;
  std::string container_id;
  std::uint32_t uid = no_id;
  std::uint32_t gid = no_id;
  std::uint32_t login_uid = no_id;
  std::uint32_t real_uid = no_id;   // `uid` is the effective one
  std::uint32_t saved_uid = no_id;  // no_id: not seen
  std::uint32_t tty = 0;
  std::int64_t fd_limit = -1;    // -1 = not known
  std::uint64_t clone_time = 0;  // timestamps in nanoseconds since the epoch; 0 = not seen
  std::uint64_t last_exec_time = 0;
  std::uint64_t pid_namespace_start = 0;
  std::uint64_t cap_inheritable = 0;
  std::uint64_t cap_permitted = 0;
  std::uint64_t cap_effective = 0;
  std::uint64_t exe_inode = 0;
  std::uint64_t exe_ctime = 0;
  std::uint64_t exe_mtime = 0;
  bool exe_writable = false;
  bool exe_upper_layer = false;
  bool exe_lower_layer = false;
  bool exe_from_memfd = false;
  bool keeps_capabilities = false;  // PR_SET_KEEPCAPS: a change of user leaves the permitted ones
  CloneReturn awaited = CloneReturn::none;
  std::uint32_t children = 0;  // threads of its group that are left; a leader with any outlives its exit

  // Last event of any kind: for latency and for `evt.deltatime`-like fields.
  std::uint64_t last_event_timestamp = 0;

  // A working directory that is not just the process's own: shared with another process, or the thread's alone.
  std::shared_ptr<std::string> shared_cwd;

  std::int64_t group = -1;          // the pid the table counts it under
  std::int64_t listed_parent = -1;  // the ptid the table lists it under
  Attachment attachment;
  std::size_t inherited_descriptors = 0;  // copied from the parent when it was made

  bool is_main() const { return tid == pid || (flags & thread_flag::main_thread) != 0; }
};

}  // namespace tracer
