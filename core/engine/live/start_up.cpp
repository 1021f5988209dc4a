#include "start_up.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

#include "../capture/tables.hpp"
#include "change.hpp"
#include "proc_scan.hpp"

namespace tracer {
namespace {

constexpr auto never = std::numeric_limits<std::uint64_t>::max();

// How often a process is read again that changes while it is read.
constexpr int most_rounds = 50;

// For so long, in nanoseconds, processes are read again that may be in the middle of a call: they all are where more of
// them want to run than the machine has processors for.
constexpr std::uint64_t longest_wait = 500'000'000;

// Gives those that run the time to end what they do.
constexpr std::chrono::microseconds pause_between_rounds{500};

// A process as it was found between two moments.
struct Reading {
  std::uint64_t start = never;  // never if it had ended
  std::uint64_t end = 0;
  bool was_running = false;  // so that a change may have been made already that is recorded after the end
  std::vector<Thread> threads;
};

struct Noted {
  std::uint64_t timestamp;
  std::int64_t tid;
  Change change;
};

struct Birth {
  std::int64_t parent = 0;
  std::uint64_t time = 0;
};

class StartUp {
 public:
  StartUp(State& state, const WaitingRecords& waiting) : state_(state), waiting_(waiting) {}

  void run(int files_link) {
    scan_machine(state_);
    std::optional<OpenFiles> files;
    if (files_link >= 0) {
      files.emplace(files_link);
      files_read_ = waiting_.now();
    }
    ThreadScan(state_.machine.boot_time, true, files ? &*files : nullptr)
        .add_all(state_.threads, [this](std::int64_t pid) {
          const auto [at, is_start] = first_read_.try_emplace(pid);
          if (!is_start) at->second = waiting_.now();
        });
    // Those that changed meanwhile, until each of them was read without a change.
    ThreadScan scan(state_.machine.boot_time, true);  // with the sockets of now
    std::set<std::int64_t> pids = to_read();
    const auto begin = waiting_.now();
    for (int round = 0; round < most_rounds && !pids.empty(); ++round) {
      for (const auto pid : pids) read(scan, pid);
      pids = to_read();
      if (waiting_.now() - begin > longest_wait) continue;
      for (const auto& [pid, reading] : readings_) {
        if (reading.was_running) pids.insert(pid);
      }
      if (!pids.empty()) std::this_thread::sleep_for(pause_between_rounds);
    }
    std::vector<Thread*> threads;
    for (auto& [pid, reading] : readings_) {
      for (auto& thread : reading.threads) threads.push_back(&thread);
    }
    finish_tables(state_, threads);
    for (const auto& noted : changes_) take_back(noted);
    for (auto& [pid, reading] : readings_) {
      if (!reading.threads.empty() && known_from(pid) != 0)
        state_.hold_until(reading.start, std::move(reading.threads));
    }
  }

 private:
  void note_new_changes() {
    waiting_.for_each_new([&](const Record& record) {
      auto change = change_of(record);
      if (change.any()) changes_.push_back({record.timestamp, record.tid, std::move(change)});
    });
  }

  // Of a thread that is not known yet, what it is called after if it is a process.
  std::int64_t process_of(std::int64_t tid) {
    const auto* thread = state_.threads.find(tid);
    return thread == nullptr ? tid : thread->pid;
  }

  void read(ThreadScan& scan, std::int64_t pid) {
    Reading reading;
    reading.start = waiting_.now();
    reading.threads = scan.process(pid);
    reading.end = waiting_.now();
    reading.was_running = scan.last_was_running();
    if (reading.threads.empty()) {
      readings_[pid].was_running = false;
    } else {
      readings_.insert_or_assign(pid, std::move(reading));
    }
  }

  std::set<std::int64_t> to_read() {
    std::set<std::int64_t> pids;
    note_new_changes();
    std::unordered_map<std::int64_t, std::uint64_t> begun;
    for (const auto& [timestamp, tid, change] : changes_) {
      if (change.begins) begun[tid] = timestamp;
      if (change.child != 0 && process_of(change.child) == change.child)
        births_[change.child] = {process_of(tid), timestamp};
    }
    // A child that runs first takes over what its parent has before the parent's call is recorded.
    for (auto& [child, birth] : births_) {
      if (const auto first = begun.find(child); first != begun.end()) birth.time = std::min(birth.time, first->second);
    }
    known_from_.clear();
    for (const auto& [pid, birth] : births_) {
      if (!readings_.contains(pid) && known_from(pid) != 0) pids.insert(pid);
    }
    for (const auto& [timestamp, tid, change] : changes_) {
      if (change.child != 0) continue;
      const auto pid = process_of(tid);
      if (births_.contains(pid) && known_from(pid) == 0) continue;
      const auto reading = readings_.find(pid);
      // What was read before the change, and what after it, cannot be told.
      const bool is_new =
          reading == readings_.end() || (timestamp >= reading->second.start && timestamp <= reading->second.end);
      if (is_new) pids.insert(pid);
    }
    return pids;
  }

  // From when on the tables are right about the process if its records are applied; 0: always.
  std::uint64_t known_from(std::int64_t pid) {
    // Those born here whose answer hangs on their parent's, each followed by its parent. Numbers are used again, so
    // that the line may come back to itself: `never` stands where the answer is still looked for.
    std::vector<std::int64_t> line;
    for (auto birth = births_.find(pid); birth != births_.end(); birth = births_.find(birth->second.parent)) {
      if (!known_from_.try_emplace(birth->first, never).second) break;
      line.push_back(birth->first);
    }
    for (auto child = line.rbegin(); child != line.rend(); ++child) {
      const auto& birth = births_.at(*child);
      known_from_[*child] = known_from_birth_or_reading(birth.parent) <= birth.time ? 0 : read_from(*child);
    }
    return known_from_birth_or_reading(pid);
  }

  std::uint64_t known_from_birth_or_reading(std::int64_t pid) const {
    if (const auto found = known_from_.find(pid); found != known_from_.end()) return found->second;
    const auto read = read_from(pid);
    return read == never && state_.threads.find(pid) != nullptr && !readings_.contains(pid) ? 0 : read;
  }

  std::uint64_t read_from(std::int64_t pid) const {
    const auto reading = readings_.find(pid);
    return reading == readings_.end() ? never : reading->second.start;
  }

  // Forgets of the process what was different before the change.
  void take_back(const Noted& noted) {
    const auto& [timestamp, tid, change] = noted;
    if (change.child != 0) {
      // Nobody had the number before, or somebody else.
      if (births_.contains(change.child)) state_.threads.erase(change.child);
      return;
    }
    auto* thread = state_.threads.find(tid);
    if (thread == nullptr) return;
    const auto reading = readings_.find(thread->pid);
    if (reading == readings_.end() || timestamp >= reading->second.start) return;
    if (timestamp > first_read_[thread->pid]) return;
    auto& leader = state_.threads.main_thread(*thread);
    if (timestamp <= files_read_) {
      for (const auto fd : change.descriptors) state_.threads.descriptors(*thread).erase(fd);
    }
    if (change.directory) leader.cwd = leader.root = not_known;
    if (change.identity) thread->uid = thread->gid = no_id;
    if (change.name || change.program) thread->comm = not_known;
    if (change.program) {
      leader.exe = leader.exepath = not_known;
      leader.args.clear();
      leader.env.clear();
    }
  }

  std::vector<Noted> changes_;
  std::uint64_t files_read_ = never;  // when those of all processes were; never: together with the process
  State& state_;
  const WaitingRecords& waiting_;
  std::map<std::int64_t, Reading> readings_;
  std::map<std::int64_t, Birth> births_;
  std::unordered_map<std::int64_t, std::uint64_t> known_from_;  // of those born here, as of the last call of to_read
  std::unordered_map<std::int64_t, std::uint64_t> first_read_;  // when that was done
};

}  // namespace

void load_tables_at_start(State& state, const WaitingRecords& waiting, int files_link) {
  StartUp(state, waiting).run(files_link);
}

}  // namespace tracer
