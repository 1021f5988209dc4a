// Records straight from the kernel's per-CPU rings, merged by time.
#pragma once
#include <atomic>
#include <functional>
#include <vector>

#include "../capture/stream.hpp"
#include "../source.hpp"
#include "ring.hpp"

namespace tracer {

// What a kernel driver hands over. The descriptors need to be open only while the source is made.
struct RingLayout {
  struct PerCpu {
    int fd = -1;
    std::uint16_t cpu = 0;
  };
  std::vector<PerCpu> rings;
  std::size_t ring_bytes = 0;    // a power of two
  std::size_t mapped_bytes = 0;  // of the data with what is behind it
  // For each CPU from 0, `counters_stride` bytes: u64 seen, u64 emitted, then `drop_reasons` u64 counts, then u64 lost,
  // of which no record of drops has told yet.
  int counters_fd = -1;
  std::size_t counters_stride = 0;
  std::size_t counters_cpus = 0;
  std::size_t drop_reasons = 0;
  int open_files_fd = -1;          // the attached iterator of open files; -1: none
  std::uint64_t clock_offset = 0;  // from the boot-time clock to the timestamps of records, in nanoseconds
};

class RingSource : public Source {
 public:
  // Throws std::system_error.
  explicit RingSource(const RingLayout& layout);

  void load_tables(State& state) override;
  // Waits a millisecond longer where records come in: the more at a time, the cheaper.
  Next next(Record& record, int timeout_ms) override;
  SourceStatistics statistics() const override;
  bool is_recording() const override { return true; }

  // The kernel writes no more: `next` gives what is left, then the end. May be called from any thread.
  void stop() { stopped_ = true; }
  // Records handed out so far, but for those of drops.
  std::uint64_t delivered() const { return delivered_; }

 private:
  struct Lane {
    Ring ring;
    std::uint64_t first_end = 0;   // of two looks at the writer's position, the earlier
    std::uint64_t second_end = 0;  // and the later
    Bytes head;                    // the next record; empty: none in this round
    std::uint64_t timestamp = 0;   // of `head`
  };

  void look_at_new(const std::function<void(const Record&)>& look);
  bool start_round();
  void load_head(Lane& lane);
  Lane* earliest(std::uint64_t& runner_up);
  bool take(Record& record);
  bool take_untold_drops(Record& record);
  std::uint64_t most_waiting() const;
  std::uint64_t counter(std::size_t cpu, std::size_t index) const;

  std::vector<Lane> lanes_;
  Lane* current_ = nullptr;          // gave the record handed out last
  std::uint64_t current_until_ = 0;  // no other lane has anything before this time
  Mapping counters_;
  FileHandle open_files_;
  RingLayout layout_;
  std::uint64_t delivered_ = 0;
  std::uint64_t last_timestamp_ = 0;
  std::size_t told_cpus_ = 0;  // at the end: up to which CPU take_untold_drops has come
  std::vector<std::byte> own_record_;
  int pause_ms_ = 0;
  bool is_flowing_ = false;  // the last look at the rings found records
  std::atomic<bool> stopped_ = false;
};

}  // namespace tracer
