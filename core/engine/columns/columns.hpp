// Columns of fields: events in, Arrow record batches out.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../fields/field.hpp"
#include "builder.hpp"

namespace tracer {

class Column {
 public:
  // `field` as it is written: "evt.arg.fd". Throws std::invalid_argument for what is no field that can be printed.
  explicit Column(std::string field);
  void append(FieldContext& context);
  HeldArray take() { return builder_->take(); }
  HeldSchema schema() const { return builder_->schema(field_); }
  std::size_t text_bytes() const { return builder_->text_bytes(); }

 private:
  std::string field_;
  std::unique_ptr<FieldReader> reader_;
  bool is_list_;
  std::unique_ptr<ColumnBuilder> builder_;
  Values values_;
};

// One row for each event that was appended.
class Columns {
 public:
  static constexpr std::size_t batch_rows = 65536;

  explicit Columns(std::span<const std::string> fields);
  Columns(const Columns&) = delete;
  Columns& operator=(const Columns&) = delete;
  void append(FieldContext& context);
  std::size_t rows() const { return rows_; }
  // Whether the rows so far are enough for a batch.
  bool is_full() const { return rows_ >= batch_rows || text_bytes_ >= batch_text_bytes; }
  // The rows since the last call, as an array of structs.
  HeldArray take();
  HeldSchema schema() const;

 private:
  // Offsets of texts have 31 bits, and one event brings no more than some hundred KiB.
  static constexpr std::size_t batch_text_bytes = 256 << 20;
  static constexpr std::size_t rows_between_looks = 256;

  std::vector<Column> columns_;
  std::size_t rows_ = 0;
  std::size_t text_bytes_ = 0;  // of the longest column, some rows ago
};

}  // namespace tracer
