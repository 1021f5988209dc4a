// What is there when a live capture begins, read from /proc.
#pragma once

#include <functional>
#include <vector>

#include "../state/state.hpp"
#include "open_files.hpp"
#include "proc_descriptors.hpp"
#include "proc_sockets.hpp"

namespace tracer {

struct ProcScanOptions {
  bool threads = true;      // false: only the machine, its interfaces, users and groups
  bool descriptors = true;  // false: threads without their descriptors
};

// Fills `state`. A process that ends meanwhile is left out; what may not be read stays empty.
void scan_proc(State& state, const ProcScanOptions& options = {});

// Parts of it. Sockets found are still to be completed by finish_tables.
void scan_machine(State& state);

class ThreadScan {
 public:
  // `boot_time`: see MachineInfo. `files`: where descriptors are taken from if not from /proc; outlives the scan.
  ThreadScan(std::uint64_t boot_time, bool descriptors, const OpenFiles* files = nullptr)
      : boot_time_(boot_time), descriptors_(descriptors), files_(files), sockets_(buffers_) {}

  // `on_read` is called before and after a process is read.
  void add_all(ThreadTable& threads, const std::function<void(std::int64_t pid)>& on_read = {});
  // The threads of one process as they are now, its leader last; none if there is no such process (any more).
  std::vector<Thread> process(std::int64_t pid);
  // Whether a thread of the process read last had not been waiting for something after its directory and descriptors
  // were read: then it may have been in a call that had changed them already and had not yet been recorded.
  bool last_was_running() const { return last_was_running_; }

 private:
  std::vector<Thread> process(const ProcDirectory& proc, std::int64_t pid, ScanDepth depth);
  void append_tasks(const ProcDirectory& directory, const Thread& process, std::vector<Thread>& threads);

  std::uint64_t boot_time_;
  bool descriptors_;
  const OpenFiles* files_;
  ProcBuffers buffers_;
  SocketTables sockets_;
  bool last_was_running_ = false;
};

}  // namespace tracer
