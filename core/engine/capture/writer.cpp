#include "writer.hpp"

#include <optional>
#include <system_error>
#include <vector>

#include "block_builder.hpp"
#include "older_events.hpp"
#include "output_file.hpp"
#include "table_blocks.hpp"
#include "write_behind.hpp"

namespace tracer {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;

// See generic_id.
void hide_unknown_syscall(const Record& record, std::span<std::byte> written) {
  if (record.type != code::GENERIC_E && record.type != code::GENERIC_X) return;
  if (record.param_count < 2 || record.value<std::uint16_t>(0) < syscall_ids_in_0293) return;
  const std::size_t count = read_value<std::uint32_t>(written.subspan(record_v1_header_size, sizeof(std::uint32_t)));
  const std::size_t value = record_header_size + count * sizeof(std::uint16_t);
  if (value + sizeof(std::uint16_t) <= written.size()) written[value] = written[value + 1] = std::byte{0};
}

}  // namespace

struct CaptureWriter::Implementation {
  std::optional<OutputFile> file;     // gone once closed or failed
  std::vector<std::byte> buffer;      // whole blocks
  std::optional<WriteBehind> behind;  // of `file`
  std::uint64_t handed = 0;           // bytes that went to `behind`
  std::uint64_t final_size = 0;
  bool compress = false;
  bool for_old_readers = false;

  // Runs `work`; after an error nothing more is written, so that the error is told once.
  template <typename Work>
  void guarded(Work work) {
    try {
      work();
    } catch (...) {
      behind.reset();
      final_size = file->bytes_written();
      file.reset();
      buffer.clear();
      throw;
    }
  }
  void append(const Record& record, std::uint32_t more_flags = 0) {
    const auto flags = record.dump_flags | more_flags;
    const bool has_flags = flags != 0;
    const bool is_large = (record.info().flags & event_flag::large_payload) != 0 ||
                          record.raw.size() + 3 * sizeof(std::uint64_t) > max_event_block;
    BlockBuilder block(buffer);
    if (is_large) {
      block.begin(has_flags ? block::event_v2_large_with_flags : block::event_v2_large);
    } else {
      block.begin(has_flags ? block::event_v2_with_flags : block::event_v2);
    }
    block.put(record.cpu);
    if (has_flags) block.put(flags);
    const auto start = buffer.size();
    append_v2_record(buffer, record);
    hide_unknown_syscall(record, std::span(buffer).subspan(start));
    block.end();
  }
  // As an event, which is how captures tell of containers.
  void append_container(const Container& container, const State& state) {
    std::vector<std::byte> bytes;
    const auto put = [&](auto value) {
      const auto raw = std::as_bytes(std::span(&value, 1));
      bytes.insert(bytes.end(), raw.begin(), raw.end());
    };
    const auto length = static_cast<std::uint32_t>(container.json.size() + 1);
    put(state.first_timestamp);
    put(std::int64_t{-1});
    put(static_cast<std::uint32_t>(record_header_size + sizeof length + length));
    put(std::uint16_t{code::CONTAINER_JSON_2_E});
    put(std::uint32_t{1});
    put(length);
    const auto text = std::as_bytes(std::span(container.json.c_str(), length));
    bytes.insert(bytes.end(), text.begin(), text.end());
    Record record;
    if (decode_record(bytes, false, record) == RecordError::none) append(record);
  }
  void write_out() {
    if (buffer.empty()) return;
    if (!behind) behind.emplace(*file);
    handed += buffer.size();
    behind->put(buffer);
  }
  void wait() {
    if (behind) behind->wait();
  }
};

CaptureWriter::CaptureWriter(const std::string& path, bool compress, bool for_old_readers, const State& state)
    : implementation_(std::make_unique<Implementation>()) {
  implementation_->for_old_readers = for_old_readers;
  implementation_->compress = compress;
  implementation_->file.emplace(path, compress);
  implementation_->buffer.reserve(buffer_size + max_event_block);
  begin_section(state);
}

CaptureWriter::~CaptureWriter() {
  try {
    close();
  } catch (const std::exception&) {
    // Nobody is left to tell; see the declaration.
  }
}

void CaptureWriter::begin_section(const State& state) {
  auto& self = *implementation_;
  if (!self.file) return;
  self.guarded([&] {
    append_section_header(self.buffer);
    append_table_blocks(self.buffer, state);
    state.containers.for_each_told([&](const Container& container) { self.append_container(container, state); });
    self.write_out();
    self.wait();  // a file that cannot be written to shows at its start
  });
}

void CaptureWriter::write(const Event& event, bool hidden) {
  auto& self = *implementation_;
  if (!self.file) return;
  const auto& record = event.record;
  if (self.for_old_readers && record.type >= first_code_after_0293) {
    for (const auto& raw : older_events(record)) {
      Record older;
      if (decode_record(raw, false, older) != RecordError::none) continue;
      older.cpu = record.cpu;
      older.dump_flags = dump_flag_state_only;
      self.append(older);
    }
  }
  self.append(record, hidden ? dump_flag_state_only : 0);
  if (self.buffer.size() >= buffer_size) self.guarded([&] { self.write_out(); });
}

void CaptureWriter::copy(Bytes blocks) {
  auto& self = *implementation_;
  if (!self.file) return;
  self.buffer.insert(self.buffer.end(), blocks.begin(), blocks.end());
  if (self.buffer.size() >= buffer_size) self.guarded([&] { self.write_out(); });
}

void CaptureWriter::flush() {
  auto& self = *implementation_;
  if (!self.file) return;
  self.guarded([&] {
    self.write_out();
    self.wait();
    self.file->flush();
  });
}

void CaptureWriter::close() {
  auto& self = *implementation_;
  if (!self.file) return;
  flush();
  self.behind.reset();
  self.final_size = self.file->bytes_written();
  self.file.reset();
}

std::uint64_t CaptureWriter::bytes_written() const {
  const auto& self = *implementation_;
  if (!self.file) return self.final_size;
  return self.compress ? self.file->bytes_written() : self.handed + self.buffer.size();
}

}  // namespace tracer
