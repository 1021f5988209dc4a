#include "builder.hpp"

#include "text_builder.hpp"

namespace tracer {
namespace {

template <typename T>
class NumberBuilder final : public ColumnBuilder {
 public:
  NumberBuilder(const char* format, T (*of)(const Value&)) : format_(format), of_(of) {}
  void append(const Value& value) override {
    numbers_.push_back(of_(value));
    validity_.append(true);
  }
  void append_null() override {
    numbers_.push_back(0);
    validity_.append(false);
  }
  HeldArray take() override {
    auto parts = validity_.take();
    const auto length = numbers_.size();
    parts.buffers.push_back(arrow_buffer(std::exchange(numbers_, {})));
    numbers_.reserve(length);
    return make_array(std::move(parts));
  }
  HeldSchema schema(std::string name) const override { return make_schema(format_, std::move(name)); }

 private:
  const char* format_;
  T (*of_)(const Value&);
  std::vector<T> numbers_;
  Validity validity_;
};

class BooleanBuilder final : public ColumnBuilder {
 public:
  void append(const Value& value) override {
    append_bit(value.number != 0);
    validity_.append(true);
  }
  void append_null() override {
    append_bit(false);
    validity_.append(false);
  }
  HeldArray take() override {
    auto parts = validity_.take();
    parts.buffers.push_back(arrow_buffer(std::exchange(bits_, {})));
    return make_array(std::move(parts));
  }
  HeldSchema schema(std::string name) const override { return make_schema("b", std::move(name)); }

 private:
  void append_bit(bool set) {
    const auto at = validity_.length();
    if (at % 8 == 0) bits_.push_back(0);
    if (set) bits_.back() = static_cast<std::uint8_t>(bits_.back() | 1U << at % 8);
  }

  std::vector<std::uint8_t> bits_;
  Validity validity_;
};

std::uint64_t number_of(const Value& value) { return value.number; }
std::int64_t signed_of(const Value& value) { return value.as_signed(); }
std::int64_t seconds_of(const Value& value) { return static_cast<std::int64_t>(value.number / 1'000'000'000); }
double real_of(const Value& value) { return value.real; }

}  // namespace

ArrayParts Validity::take() {
  ArrayParts parts;
  parts.length = static_cast<std::int64_t>(length_);
  parts.null_count = static_cast<std::int64_t>(nulls_);
  parts.buffers.push_back(nulls_ > 0 ? arrow_buffer(std::move(bits_)) : nullptr);
  *this = Validity();
  return parts;
}

std::unique_ptr<ColumnBuilder> make_column_builder(ColumnType type) {
  switch (type) {
    case ColumnType::int64:
      return std::make_unique<NumberBuilder<std::int64_t>>("l", signed_of);
    case ColumnType::uint64:
      return std::make_unique<NumberBuilder<std::uint64_t>>("L", number_of);
    case ColumnType::float64:
      return std::make_unique<NumberBuilder<double>>("g", real_of);
    case ColumnType::timestamp_s:
      return std::make_unique<NumberBuilder<std::int64_t>>("tss:UTC", seconds_of);
    case ColumnType::timestamp_ns:
      return std::make_unique<NumberBuilder<std::int64_t>>("tsn:UTC", signed_of);
    case ColumnType::boolean:
      return std::make_unique<BooleanBuilder>();
    case ColumnType::binary:
      return std::make_unique<BinaryBuilder>();
    case ColumnType::text:
      return std::make_unique<TextBuilder>();
    case ColumnType::repeated_text:
      break;
  }
  return std::make_unique<RepeatedTextBuilder>();
}

}  // namespace tracer
