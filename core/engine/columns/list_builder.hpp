// Builders of columns whose values are lists.
#pragma once
#include <span>

#include "builder.hpp"

namespace tracer {

class ListBuilder final : public ColumnBuilder {
 public:
  explicit ListBuilder(std::unique_ptr<ColumnBuilder> elements) : elements_(std::move(elements)) {}
  void append_list(std::span<const Value> values) {
    for (const auto& value : values) elements_->append(value);
    end(values.size(), true);
  }
  // A list of the one value.
  void append(const Value& value) override { append_list({&value, 1}); }
  void append_null() override { end(0, false); }
  HeldArray take() override {
    auto parts = validity_.take();
    parts.buffers.push_back(arrow_buffer(std::exchange(ends_, {0})));
    parts.children.push_back(elements_->take());
    return make_array(std::move(parts));
  }
  HeldSchema schema(std::string name) const override {
    std::vector<HeldSchema> children;
    children.push_back(elements_->schema("item"));
    return make_schema("+l", std::move(name), std::move(children));
  }
  std::size_t text_bytes() const override { return elements_->text_bytes(); }

 private:
  void end(std::size_t count, bool valid) {
    ends_.push_back(ends_.back() + static_cast<std::int32_t>(count));
    validity_.append(valid);
  }

  std::unique_ptr<ColumnBuilder> elements_;
  std::vector<std::int32_t> ends_ = {0};
  Validity validity_;
};

}  // namespace tracer
