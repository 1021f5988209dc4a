#include "columns.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "../filter/comparison.hpp"
#include "list_builder.hpp"

namespace tracer {
namespace {

// Fields that print the event's time in some way; as a column they are that time.
constexpr std::array times = {"evt.time", "evt.time.iso8601", "evt.datetime", "evt.outputtime", "evt.rawtime"};
constexpr std::array times_in_seconds = {"evt.time.s", "evt.datetime.s"};

// Fields whose text is made of the event's parameters: no two need be alike.
constexpr std::array unlike_texts = {"evt.args", "evt.info", "evt.arg", "evt.rawarg"};

bool contains(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

ColumnType column_type(const FieldInfo& info) {
  if (contains(times, info.name)) return ColumnType::timestamp_ns;
  if (contains(times_in_seconds, info.name)) return ColumnType::timestamp_s;
  const auto text = contains(unlike_texts, info.name) ? ColumnType::text : ColumnType::repeated_text;
  switch (filter::kind_of(info.type)) {
    case filter::ValueKind::data:
      return info.type == ParamType::bytebuf_ ? ColumnType::binary : text;
    case filter::ValueKind::real:
      return ColumnType::float64;
    case filter::ValueKind::opaque:
      return text;
    case filter::ValueKind::number:
      break;
  }
  if (info.type == ParamType::bool_) return ColumnType::boolean;
  return is_signed(info.type) ? ColumnType::int64 : ColumnType::uint64;
}

FieldText split(const std::string& text) {
  const auto field = split_field(text);
  if (!field || field->length != text.size()) throw std::invalid_argument("there is no field " + text);
  if (field->field->filter_only) {
    throw std::invalid_argument(text + " can be used in filters only, not as a column");
  }
  return *field;
}

std::unique_ptr<FieldReader> bind(const FieldText& field) {
  const auto name = field.field->name;
  const bool is_time = contains(times, name) || contains(times_in_seconds, name);
  return is_time ? bind_field("evt.rawtime", std::nullopt) : bind_field(name, field.argument);
}

// Without a number, fields of ancestors have a value for each of them.
bool is_of_all_ancestors(const FieldText& field) {
  return !field.argument && field.field->argument == ArgumentKind::optional && field.field->name.starts_with("proc.a");
}

}  // namespace

Column::Column(std::string field) : field_(std::move(field)) {
  const auto found = split(field_);
  reader_ = bind(found);
  is_list_ = reader_->info->is_list || is_of_all_ancestors(found);
  // A raw argument has the type of the parameter.
  const bool is_typed_by_argument = reader_->info->name == found.field->name;
  builder_ = make_column_builder(column_type(is_typed_by_argument ? *reader_->info : *found.field));
  if (is_list_) builder_ = std::make_unique<ListBuilder>(std::move(builder_));
}

void Column::append(FieldContext& context) {
  values_.clear();
  reader_->read(context, values_);
  if (is_list_) {
    static_cast<ListBuilder&>(*builder_).append_list(values_);
  } else if (values_.empty()) {
    builder_->append_null();
  } else {
    builder_->append(values_.front());
  }
}

Columns::Columns(std::span<const std::string> fields) {
  for (const auto& field : fields) columns_.emplace_back(field);
}

void Columns::append(FieldContext& context) {
  for (auto& column : columns_) column.append(context);
  if (++rows_ % rows_between_looks != 0) return;
  for (const auto& column : columns_) text_bytes_ = std::max(text_bytes_, column.text_bytes());
}

HeldArray Columns::take() {
  ArrayParts parts;
  parts.length = static_cast<std::int64_t>(rows_);
  parts.buffers.push_back(nullptr);
  for (auto& column : columns_) parts.children.push_back(column.take());
  rows_ = 0;
  text_bytes_ = 0;
  return make_array(std::move(parts));
}

HeldSchema Columns::schema() const {
  std::vector<HeldSchema> children;
  for (const auto& column : columns_) children.push_back(column.schema());
  return make_schema("+s", "", std::move(children));
}

}  // namespace tracer
