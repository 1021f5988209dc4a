// Process list blocks, versions 1 to 9: each version adds fields, in places of its own.
#include "../state/control_groups.hpp"
#include "blocks.hpp"
#include "table_entries.hpp"

namespace tracer {
namespace {

int version_of(std::uint32_t block_type) {
  switch (block_type) {
    case block::threads_v1:
    case block::threads_v1_legacy:
      return 1;
    case block::threads_v2:
    case block::threads_v2_legacy:
      return 2;
    case block::threads_v3:
    case block::threads_v3_legacy:
      return 3;
    case block::threads_v4:
      return 4;
    case block::threads_v5:
      return 5;
    case block::threads_v6:
      return 6;
    case block::threads_v7:
      return 7;
    case block::threads_v8:
      return 8;
    default:
      return 9;
  }
}

// Strings that follow one another, each ended by a NUL; in some captures the last one is not.
std::string terminated(std::string_view list) {
  std::string text(list);
  if (!text.empty() && text.back() != '\0') text.push_back('\0');
  return text;
}

// The environment is a copy of memory: what follows its last string is zeros.
std::string environment(std::string_view list) {
  const auto last = list.find_last_not_of('\0');
  return last == std::string_view::npos ? std::string() : std::string(list.substr(0, last + 1)) + '\0';
}

// What entries carry beyond version 9's fields, as far as they go. Fields were inserted at the front once: a tail
// of at most 29 bytes has the older order.
void read_tail(Cursor& cursor, Thread& thread) {
  constexpr std::size_t older_tail = 29;
  const auto get = [&]<typename T>(T& value) {
    if (cursor.remaining() >= sizeof(T)) value = cursor.get<T>();
  };
  const auto get_flag = [&](bool& value) {
    if (cursor.remaining() >= 1) value = cursor.get<std::uint8_t>() != 0;
  };
  if (cursor.remaining() > older_tail) {
    get(thread.pid_namespace_start);
    get(thread.tty);
  }
  get(thread.login_uid);
  get_flag(thread.exe_writable);
  get(thread.cap_inheritable);
  get(thread.cap_permitted);
  get(thread.cap_effective);
  get_flag(thread.exe_upper_layer);
  get(thread.exe_inode);
  get(thread.exe_ctime);
  get(thread.exe_mtime);
  get_flag(thread.exe_from_memfd);
  get_flag(thread.exe_lower_layer);
  get(thread.pgid);
}

Thread read_thread(int version, Cursor& cursor, bool has_tail) {
  const auto get_text = [&](std::size_t limit) {
    const auto text = cursor.text16();
    if (text.size() > limit) cursor.fail();
    return text;
  };
  const auto get_path = [&] { return std::string(as_c_text(as_bytes(get_text(max_path)))); };
  Thread thread;
  thread.tid = cursor.get<std::int64_t>();
  thread.pid = cursor.get<std::int64_t>();
  thread.ptid = cursor.get<std::int64_t>();
  if (version >= 6) thread.sid = cursor.get<std::int64_t>();
  if (version >= 8) thread.vpgid = cursor.get<std::int64_t>();
  thread.comm = get_path();
  thread.exe = get_path();
  if (version >= 7) thread.exepath = get_path();
  thread.args = terminated(get_text(max_arguments));
  thread.cwd = get_path();
  if (!thread.cwd.ends_with('/')) thread.cwd.push_back('/');
  thread.fd_limit = cursor.get<std::int64_t>();
  thread.flags = cursor.get<std::uint32_t>();
  thread.uid = cursor.get<std::uint32_t>();
  thread.gid = cursor.get<std::uint32_t>();
  if (version >= 2) {
    thread.vm_size_kb = cursor.get<std::uint32_t>();
    thread.vm_rss_kb = cursor.get<std::uint32_t>();
    thread.vm_swap_kb = cursor.get<std::uint32_t>();
    thread.major_faults = cursor.get<std::uint64_t>();
    thread.minor_faults = cursor.get<std::uint64_t>();
  }
  if (version >= 3) thread.env = environment(get_text(max_arguments));
  if (version >= 4) {
    thread.vtid = cursor.get<std::int64_t>();
    thread.vpid = cursor.get<std::int64_t>();
    thread.cgroups = control_groups(get_text(max_arguments));
  }
  if (version >= 5) thread.root = get_path();
  if (has_tail) read_tail(cursor, thread);
  return thread;
}

}  // namespace

void load_threads(std::uint32_t block_type, const EntryReader& entries, State& state) {
  const int version = version_of(block_type);
  entries.each(version >= 9, true, "process entry", [&](Cursor& cursor, bool has_tail) {
    auto thread = read_thread(version, cursor, has_tail);
    if (!cursor.failed()) state.threads.add(std::move(thread));
  });
}

}  // namespace tracer
