// Records from a driver that hands them over in batches: a driver written in Python.
#pragma once
#include <memory>
#include <optional>

#include "../source.hpp"

namespace tracer {

// The driver's side. Bytes given out stay valid until the next call of the same function.
class BatchProvider {
 public:
  virtual ~BatchProvider() = default;
  // The tables at the start, as metadata blocks; nothing where /proc is to be read instead.
  virtual std::optional<Bytes> tables() = 0;
  // Frames back to back, each u16 CPU, u32 flags and a v2 record; empty if none came in time; nothing at the end.
  virtual std::optional<Bytes> read(int timeout_ms) = 0;
  virtual SourceStatistics statistics() const = 0;
};

// Frame flags are dump flags, and this: a new section begins with the record.
inline constexpr std::uint32_t frame_flag_section = 1U << 31;

class BatchSource : public Source {
 public:
  explicit BatchSource(std::unique_ptr<BatchProvider> provider) : provider_(std::move(provider)) {}

  void load_tables(State& state) override;
  Next next(Record& record, int timeout_ms) override;
  SourceStatistics statistics() const override { return provider_->statistics(); }

 private:
  std::unique_ptr<BatchProvider> provider_;
  Bytes left_;                  // of the batch at hand
  std::uint64_t consumed_ = 0;  // bytes of all batches so far
  bool section_announced_ = false;
  bool ended_ = false;
};

}  // namespace tracer
