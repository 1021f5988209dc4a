// How fields are registered: one row each, in a table for each class of fields.
#pragma once
#include <concepts>
#include <span>
#include <type_traits>

#include "field.hpp"

namespace tracer {

// A row: what the field is, and what makes a reader of it. The argument is given where the field takes one.
struct Field {
  FieldInfo info;
  std::unique_ptr<FieldReader> (*bind)(const FieldInfo& info, std::optional<std::string_view> argument);
};

// Marks of a row.
constexpr Field required_argument(Field field) {
  field.info.argument = ArgumentKind::required;
  return field;
}
constexpr Field optional_argument(Field field) {
  field.info.argument = ArgumentKind::optional;
  return field;
}
constexpr Field list(Field field) {
  field.info.is_list = true;
  return field;
}
constexpr Field filter_only(Field field) {
  field.info.filter_only = true;
  return field;
}
constexpr Field unlisted(Field field) {
  field.info.unlisted = true;
  return field;
}

constexpr Field keeps_history(Field field) {
  field.info.keeps_history = true;
  return field;
}

inline Value& append(Values& values, const FieldInfo& info) {
  auto& value = values.emplace_back();
  value.type = info.type;
  value.format = info.format;
  return value;
}
inline void append(Values& values, const FieldInfo& info, std::integral auto number) {
  append(values, info).number = static_cast<std::uint64_t>(static_cast<std::int64_t>(number));
}
inline void append(Values& values, const FieldInfo& info, double real) { append(values, info).real = real; }
inline void append(Values& values, const FieldInfo& info, std::string_view text) { append(values, info).text = text; }
inline void append(Values& values, const FieldInfo& info, const char* text) { append(values, info).text = text; }
inline void append(Values& values, const FieldInfo& info, Bytes bytes) { append(values, info).bytes = bytes; }
inline void append(Values& values, const FieldInfo&, const Value& value) { values.push_back(value); }
template <typename T>
void append(Values& values, const FieldInfo& info, const std::optional<T>& value) {
  if (value) append(values, info, *value);
}

// What a function over an event returns becomes the field's value: a number, a text, bytes, an optional of these;
// or the function appends the values itself.
template <auto extract, typename... Argument>
void read_with(const FieldInfo& info, FieldContext& context, Values& values, const Argument&... argument) {
  if constexpr (std::is_invocable_v<decltype(extract), FieldContext&, const Argument&..., const FieldInfo&, Values&>) {
    extract(context, argument..., info, values);
  } else {
    append(values, info, extract(context, argument...));
  }
}

// An `extract` like the one given, for paths: what prints of their control characters is dots.
template <auto extract, typename... Argument>
void path_value(FieldContext& context, const Argument&... argument, const FieldInfo& info, Values& values) {
  read_with<extract>(info, context, values, argument...);
  if (!values.empty()) values.back().controls = Controls::dotted;
}

template <auto extract>
class PlainReader final : public FieldReader {
 public:
  void read(FieldContext& context, Values& values) const override { read_with<extract>(*info, context, values); }
};

// The `bind` of a field without an argument, read by the function `extract(context)`.
template <auto extract>
std::unique_ptr<FieldReader> read(const FieldInfo&, std::optional<std::string_view>) {
  return std::make_unique<PlainReader<extract>>();
}

template <auto parse, auto extract>
class ArgumentReader final : public FieldReader {
 public:
  ArgumentReader(const FieldInfo& field, std::optional<std::string_view> text) : argument_(parse(field, text)) {}
  void read(FieldContext& context, Values& values) const override {
    read_with<extract>(*info, context, values, argument_);
  }

 private:
  std::invoke_result_t<decltype(parse), const FieldInfo&, std::optional<std::string_view>> argument_;
};

// The `bind` of a field whose argument `parse(info, text)` turns into what `extract(context, argument)` is given.
template <auto parse, auto extract>
std::unique_ptr<FieldReader> read_with_argument(const FieldInfo& info, std::optional<std::string_view> argument) {
  return std::make_unique<ArgumentReader<parse, extract>>(info, argument);
}

// The `bind` of a field with a reader class of its own.
template <typename Reader>
std::unique_ptr<FieldReader> read_as(const FieldInfo& info, std::optional<std::string_view> argument) {
  if constexpr (std::is_constructible_v<Reader, const FieldInfo&, std::optional<std::string_view>>) {
    return std::make_unique<Reader>(info, argument);
  } else {
    return std::make_unique<Reader>();
  }
}

// The field is known, but what would provide its values is not there.
std::unique_ptr<FieldReader> read_nothing(const FieldInfo& info, std::optional<std::string_view> argument);

// An argument that is a whole number from `least` on. Throws std::invalid_argument.
std::int64_t parse_number(const FieldInfo& info, std::string_view argument, std::int64_t least);

// The tables, in listing order.
std::span<const Field> time_fields();
std::span<const Field> event_fields();
std::span<const Field> stack_fields();
std::span<const Field> argument_fields();
std::span<const Field> process_fields();
std::span<const Field> lineage_fields();
std::span<const Field> thread_fields();
std::span<const Field> descriptor_fields();
std::span<const Field> socket_fields();
std::span<const Field> path_fields();
std::span<const Field> poll_fields();
std::span<const Field> syslog_fields();
std::span<const Field> user_fields();
std::span<const Field> container_fields();
std::span<const Field> span_fields();
std::span<const Field> in_thread_span_fields();
std::span<const Field> in_process_span_fields();
std::span<const Field> in_script_span_fields();
std::span<const Field> in_machine_span_fields();

}  // namespace tracer
