#include "start_up.hpp"

#include <map>
#include <set>
#include <vector>

#include "../capture/tables.hpp"
#include "change.hpp"
#include "proc_scan.hpp"

namespace tracer {
namespace {

constexpr const char* not_known = "<NA>";

// A process that changed while the tables were read, as it was found later.
struct Reread {
  std::uint64_t time = ~std::uint64_t{0};  // what it did before is in `threads`; never if it had ended by then
  std::vector<Thread> threads;
};

// Of a thread that is not known yet, what it is called after if it is a process.
std::int64_t process_of(State& state, std::int64_t tid) {
  const auto* thread = state.threads.find(tid);
  return thread == nullptr ? tid : thread->pid;
}

// Forgets of the process what was different before the record.
void take_back(State& state, const Record& record, const Change& change, bool is_alive) {
  if (change.child != 0) return state.threads.erase(change.child);
  auto* thread = state.threads.find(record.tid);
  if (thread == nullptr) return;
  auto& leader = state.threads.main_thread(*thread);
  for (const auto fd : change.descriptors) state.threads.descriptors(*thread).erase(fd);
  if (change.directory) leader.cwd = leader.root = not_known;
  if (change.identity) thread->uid = thread->gid = no_id;
  if (change.name || change.program) thread->comm = not_known;
  if (change.program) {
    leader.exe = leader.exepath = not_known;
    leader.args.clear();
    leader.env.clear();
  }
  // Somebody else had the number before, or nobody.
  if (change.ends && is_alive && thread->tid == thread->pid) state.threads.erase(record.tid);
}

}  // namespace

void load_tables_at_start(State& state, const WaitingRecords& waiting) {
  scan_machine(state);
  ThreadScan scan(state.machine.boot_time, true);
  scan.add_all(state.threads);

  std::map<std::int64_t, Reread> changed;
  std::set<std::int64_t> to_read;
  waiting.for_each([&](const Record& record) {
    const auto change = change_of(record);
    if (change.child != 0) {
      to_read.insert(process_of(state, change.child));
    } else if (change.any()) {
      to_read.insert(process_of(state, record.tid));
    }
  });
  ThreadScan second_scan(state.machine.boot_time, true);  // with the sockets of now
  while (!to_read.empty()) {
    for (const auto pid : to_read) {
      Reread process;
      const auto time = waiting.now();
      process.threads = second_scan.process(pid);
      if (!process.threads.empty()) process.time = time;
      changed.emplace(pid, std::move(process));
    }
    to_read.clear();
    // Those born meanwhile, before their parent was read, take from it what is not known.
    waiting.for_each([&](const Record& record) {
      const auto change = change_of(record);
      if (change.child == 0) return;
      const auto pid = process_of(state, change.child);
      const auto parent = changed.find(process_of(state, record.tid));
      if (changed.contains(pid) || parent == changed.end()) return;
      if (record.timestamp < parent->second.time) to_read.insert(pid);
    });
  }
  std::vector<Thread*> reread;
  for (auto& [pid, process] : changed) {
    for (auto& thread : process.threads) reread.push_back(&thread);
  }
  finish_tables(state, reread);

  waiting.for_each([&](const Record& record) {
    const auto change = change_of(record);
    if (!change.any()) return;
    const auto process = changed.find(process_of(state, change.child != 0 ? change.child : record.tid));
    if (process == changed.end() || record.timestamp >= process->second.time) return;
    take_back(state, record, change, !process->second.threads.empty());
  });
  for (auto& [pid, process] : changed) {
    if (!process.threads.empty()) state.hold_until(process.time, std::move(process.threads));
  }
}

}  // namespace tracer
