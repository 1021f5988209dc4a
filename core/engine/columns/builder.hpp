// Builders of columns: values of one field, one after the other, become an Arrow array.
#pragma once
#include <memory>
#include <string>

#include "../fields/value.hpp"
#include "arrow_owner.hpp"

namespace tracer {

class ColumnBuilder {
 public:
  virtual ~ColumnBuilder() = default;
  virtual void append(const Value& value) = 0;
  virtual void append_null() = 0;
  // What was appended since the last call.
  virtual HeldArray take() = 0;
  virtual HeldSchema schema(std::string name) const = 0;
  // What was appended since takes about so much memory, if it is text; 0 for values of fixed width.
  virtual std::size_t text_bytes() const { return 0; }
};

// Which values are there: a bitmap that is only made once one is not.
class Validity {
 public:
  void append(bool valid) {
    if (!valid && nulls_++ == 0) bits_.assign(length_ / 8 + 1, 0xFF);
    if (nulls_ > 0) {
      if (length_ / 8 >= bits_.size()) bits_.push_back(0);
      const auto bit = static_cast<std::uint8_t>(1U << length_ % 8);
      auto& byte = bits_[length_ / 8];
      byte = static_cast<std::uint8_t>(valid ? byte | bit : byte & ~bit);
    }
    ++length_;
  }
  std::size_t length() const { return length_; }
  // Length, count of nulls and the bitmap of the array; begins anew.
  ArrayParts take();

 private:
  std::size_t length_ = 0;
  std::size_t nulls_ = 0;
  std::vector<std::uint8_t> bits_;
};

// What a column holds; names as Arrow has them.
enum class ColumnType : std::uint8_t {
  int64,
  uint64,
  boolean,
  float64,
  timestamp_s,
  timestamp_ns,
  binary,
  text,           // each value on its own
  repeated_text,  // dictionary-encoded
};

std::unique_ptr<ColumnBuilder> make_column_builder(ColumnType type);

}  // namespace tracer
