#include "text_builder.hpp"

#include <functional>

#include "../output/render.hpp"
#include "../output/text.hpp"

namespace tracer {
namespace {

constexpr std::size_t first_slots = 256;

bool is_ascii(std::string_view text) {
  std::uint8_t all = 0;
  for (const char character : text) all |= static_cast<std::uint8_t>(character);
  return all < 0x80;
}

// `text`, or what stands for it in UTF-8; that lives in `scratch`.
std::string_view as_utf8(std::string_view text, std::string& scratch) {
  if (is_ascii(text)) return text;
  scratch.clear();
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) {
      scratch += "\xEF\xBF\xBD";
    } else {
      scratch += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return scratch;
}

// The value's text; of what is no text, as a format prints it. That lives in `scratch`.
std::string_view text_of(const Value& value, std::string& scratch) {
  switch (value.type) {
    case ParamType::charbuf_:
    case ParamType::fspath_:
    case ParamType::fsrelpath_:
      return value.text;
    default:
      scratch.clear();
      render_value(scratch, value, {});
      return scratch;
  }
}

}  // namespace

void TextList::take(ArrayParts& parts) {
  parts.buffers.push_back(arrow_buffer(std::exchange(ends_, {0})));
  parts.buffers.push_back(arrow_buffer(std::exchange(characters_, {})));
}

void BinaryBuilder::append(const Value& value) {
  values_.append(as_text(value.bytes));
  validity_.append(true);
}

void BinaryBuilder::append_null() {
  values_.append({});
  validity_.append(false);
}

HeldArray BinaryBuilder::take() {
  auto parts = validity_.take();
  values_.take(parts);
  return make_array(std::move(parts));
}

void TextBuilder::append(const Value& value) {
  std::string valid;
  values_.append(as_utf8(text_of(value, scratch_), valid));
  validity_.append(true);
}

void TextBuilder::append_null() {
  values_.append({});
  validity_.append(false);
}

HeldArray TextBuilder::take() {
  auto parts = validity_.take();
  values_.take(parts);
  return make_array(std::move(parts));
}

RepeatedTextBuilder::RepeatedTextBuilder() : slots_(first_slots, -1) {}

void RepeatedTextBuilder::append(const Value& value) {
  const auto text = text_of(value, scratch_);
  if (last_ < 0 || texts_[static_cast<std::size_t>(last_)] != text) last_ = index_of(text);
  indices_.push_back(last_);
  validity_.append(true);
}

void RepeatedTextBuilder::append_null() {
  indices_.push_back(0);
  validity_.append(false);
}

std::int32_t RepeatedTextBuilder::index_of(std::string_view text) {
  const auto hash = std::hash<std::string_view>{}(text);
  const auto mask = slots_.size() - 1;
  for (auto at = hash & mask;; at = (at + 1) & mask) {
    const auto index = slots_[at];
    if (index < 0) break;
    const auto known = static_cast<std::size_t>(index);
    if (hashes_[known] == hash && texts_[known] == text) return index;
  }
  const auto index = static_cast<std::int32_t>(texts_.size());
  texts_.append(text);
  hashes_.push_back(hash);
  if (texts_.size() * 2 > slots_.size()) {
    grow();
  } else {
    insert(hash, index);
  }
  return index;
}

void RepeatedTextBuilder::insert(std::size_t hash, std::int32_t index) {
  const auto mask = slots_.size() - 1;
  auto at = hash & mask;
  while (slots_[at] >= 0) at = (at + 1) & mask;
  slots_[at] = index;
}

void RepeatedTextBuilder::grow() {
  slots_.assign(slots_.size() * 2, -1);
  for (std::size_t index = 0; index < hashes_.size(); ++index) insert(hashes_[index], static_cast<std::int32_t>(index));
}

HeldArray RepeatedTextBuilder::take() {
  TextBuilder dictionary;
  Value text;
  text.type = ParamType::charbuf_;
  for (std::size_t index = 0; index < texts_.size(); ++index) {
    text.text = texts_[index];
    dictionary.append(text);
  }
  auto parts = validity_.take();
  parts.buffers.push_back(arrow_buffer(std::exchange(indices_, {})));
  parts.dictionary = std::make_unique<HeldArray>(dictionary.take());
  texts_ = {};
  hashes_.clear();
  slots_.assign(first_slots, -1);
  last_ = -1;
  return make_array(std::move(parts));
}

HeldSchema RepeatedTextBuilder::schema(std::string name) const {
  return make_schema("i", std::move(name), {}, std::make_unique<HeldSchema>(make_schema("u", "")));
}

}  // namespace tracer
