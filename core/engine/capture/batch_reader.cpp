#include "batch_reader.hpp"

#include "../state/state.hpp"
#include "table_blocks.hpp"

namespace tracer {

void BatchReader::load() {
  auto state = std::make_unique<State>();
  source_->load_tables(*state);
  state_ = std::move(state);
  at_section_start_ = false;
  ++section_;
}

std::vector<std::byte> BatchReader::table_blocks() {
  if (section_ == 0) load();
  std::vector<std::byte> blocks;
  append_table_blocks(blocks, *state_);
  return blocks;
}

bool BatchReader::read(std::vector<std::byte>& batch, std::size_t max_bytes, int timeout_ms) {
  if (error_) std::rethrow_exception(error_);
  if (at_section_start_) load();
  try {
    while (batch.size() < max_bytes) {
      switch (source_->next(record_, timeout_ms)) {
        case Next::record:
          break;
        case Next::idle:
          return true;
        case Next::restart:
          at_section_start_ = true;
          return true;
        case Next::end:
          return !batch.empty();
      }
      const auto append = [&](const auto& value) {
        const auto bytes = std::as_bytes(std::span(&value, 1));
        batch.insert(batch.end(), bytes.begin(), bytes.end());
      };
      append(record_.cpu);
      append(record_.dump_flags);
      append_v2_record(batch, record_);
    }
  } catch (const FormatError&) {
    if (batch.empty()) throw;
    error_ = std::current_exception();
  }
  return true;
}

}  // namespace tracer
