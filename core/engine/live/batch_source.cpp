#include "batch_source.hpp"

#include "../capture/tables.hpp"
#include "proc_lookup.hpp"
#include "proc_scan.hpp"

namespace tracer {
namespace {

constexpr std::size_t frame_header_size = 6;

const char* describe(RecordError error) {
  switch (error) {
    case RecordError::none:
      break;
    case RecordError::truncated:
      return "the driver's batch ends inside an event";
    case RecordError::bad_length:
      return "the driver gave an event that is shorter than its header";
    case RecordError::bad_params:
      return "the driver gave an event whose parameters do not fit it";
  }
  return "the driver gave a bad event";
}

}  // namespace

void BatchSource::load_tables(State& state) {
  const auto blocks = provider_->tables();
  if (blocks) {
    load_table_blocks(*blocks, state);
  } else {
    state.now = std::make_shared<ProcLookup>();
    scan_proc(state);
  }
}

Next BatchSource::next(Record& record, int timeout_ms) {
  while (!ended_) {
    if (left_.empty()) {
      const auto batch = provider_->read(timeout_ms);
      ended_ = !batch;
      if (ended_) break;
      left_ = *batch;
      if (left_.empty()) return Next::idle;
    }
    Cursor cursor(left_);
    record.cpu = cursor.get<std::uint16_t>();
    record.dump_flags = cursor.get<std::uint32_t>();
    if (record.dump_flags & frame_flag_section) {
      section_announced_ = !section_announced_;
      if (section_announced_) return Next::restart;
      record.dump_flags &= ~frame_flag_section;
    }
    const auto error = decode_record(left_.subspan(cursor.position()), false, record);
    if (error != RecordError::none) {
      // Where the next event would begin is not known any more.
      ended_ = true;
      throw FormatError(consumed_, describe(error));
    }
    const auto size = frame_header_size + record.raw.size();
    left_ = left_.subspan(size);
    consumed_ += size;
    // A type from a newer schema: there is nothing that could be said of it.
    if (record.type < event_code_count) return Next::record;
  }
  return Next::end;
}

}  // namespace tracer
