// Builders of columns of text and of bytes.
#pragma once
#include <string_view>
#include <vector>

#include "builder.hpp"

namespace tracer {

// Texts back to back, and where each ends.
class TextList {
 public:
  void append(std::string_view text) {
    characters_.insert(characters_.end(), text.begin(), text.end());
    ends_.push_back(static_cast<std::int32_t>(characters_.size()));
  }
  std::string_view operator[](std::size_t index) const {
    const auto begin = static_cast<std::size_t>(ends_[index]);
    return {characters_.data() + begin, static_cast<std::size_t>(ends_[index + 1]) - begin};
  }
  std::size_t size() const { return ends_.size() - 1; }
  std::size_t bytes() const { return characters_.size(); }
  // Adds the two buffers to `parts`; begins anew.
  void take(ArrayParts& parts);

 private:
  std::vector<std::int32_t> ends_ = {0};
  std::vector<char> characters_;
};

class BinaryBuilder final : public ColumnBuilder {
 public:
  void append(const Value& value) override;
  void append_null() override;
  HeldArray take() override;
  HeldSchema schema(std::string name) const override { return make_schema("z", std::move(name)); }
  std::size_t text_bytes() const override { return values_.bytes(); }

 private:
  TextList values_;
  Validity validity_;
};

// Arrow's text is UTF-8: what is not becomes U+FFFD.
class TextBuilder final : public ColumnBuilder {
 public:
  void append(const Value& value) override;
  void append_null() override;
  HeldArray take() override;
  HeldSchema schema(std::string name) const override { return make_schema("u", std::move(name)); }
  std::size_t text_bytes() const override { return values_.bytes(); }

 private:
  TextList values_;
  Validity validity_;
  std::string scratch_;
};

// Text that comes again and again: each array has a dictionary of its own.
class RepeatedTextBuilder final : public ColumnBuilder {
 public:
  RepeatedTextBuilder();
  void append(const Value& value) override;
  void append_null() override;
  HeldArray take() override;
  HeldSchema schema(std::string name) const override;
  std::size_t text_bytes() const override { return texts_.bytes(); }

 private:
  std::int32_t index_of(std::string_view text);
  void insert(std::size_t hash, std::int32_t index);
  void grow();

  std::vector<std::int32_t> indices_;
  Validity validity_;
  TextList texts_;                   // as they came; made UTF-8 when they are taken
  std::vector<std::size_t> hashes_;  // of each
  std::vector<std::int32_t> slots_;  // open addressing: index of a text, or -1
  std::int32_t last_ = -1;           // most events are like the one before
  std::string scratch_;
};

}  // namespace tracer
