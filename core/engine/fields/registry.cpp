#include "registry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace tracer {

namespace {

constexpr std::array tables = {
    time_fields,           event_fields,           stack_fields,          argument_fields,       process_fields,
    lineage_fields,        thread_fields,          descriptor_fields,     socket_fields,         path_fields,
    poll_fields,           syslog_fields,          user_fields,           container_fields,      span_fields,
    in_thread_span_fields, in_process_span_fields, in_script_span_fields, in_machine_span_fields};

struct PluginField {
  std::string name, description;
  FieldInfo info;
  FieldBinder bind;
};

struct Registry {
  std::vector<FieldInfo> infos;
  std::vector<decltype(Field::bind)> binds;
  std::unordered_map<std::string_view, std::size_t> by_name;
  std::deque<PluginField> added;
  std::function<void()> load;

  Registry() {
    for (const auto table : tables) {
      for (const auto& field : table()) {
        by_name.emplace(field.info.name, infos.size());
        infos.push_back(field.info);
        binds.push_back(field.bind);
      }
    }
  }
  const FieldInfo* find(std::string_view name) const {
    const auto found = by_name.find(name);
    if (found == by_name.end()) return nullptr;
    return found->second < infos.size() ? &infos[found->second] : &added[found->second - infos.size()].info;
  }
  std::unique_ptr<FieldReader> bind(std::string_view name, const FieldInfo& info,
                                    std::optional<std::string_view> argument) const {
    const auto at = by_name.at(name);
    return at < infos.size() ? binds[at](info, argument) : added[at - infos.size()].bind(info, argument);
  }
};

// Never destroyed: what plugins added may belong to an interpreter that is gone by then.
Registry& registry() {
  static auto& instance = *new Registry;
  return instance;
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// Labels of pods and containers have dots and slashes in their names.
bool is_label(char c) { return is_word(c) || c == '.' || c == '/' || c == '-'; }

}  // namespace

std::span<const FieldInfo> all_fields() { return registry().infos; }

std::vector<const FieldInfo*> plugin_fields() {
  std::vector<const FieldInfo*> fields;
  for (const auto& field : registry().added) fields.push_back(&field.info);
  return fields;
}

void add_plugin_field(std::string name, std::string description, FieldInfo info, FieldBinder bind) {
  auto& all = registry();
  if (all.find(name) != nullptr) throw std::invalid_argument("there is a field " + name + " already");
  auto& field = all.added.emplace_back(PluginField{std::move(name), std::move(description), info, std::move(bind)});
  field.info.name = field.name;
  field.info.description = field.description;
  field.info.is_plugin = true;
  all.by_name.emplace(field.name, all.infos.size() + all.added.size() - 1);
}

void set_field_loader(std::function<void()> load) { registry().load = std::move(load); }

void load_plugin_fields() {
  if (const auto load = std::exchange(registry().load, {})) load();
}

const FieldInfo* find_field(std::string_view name) {
  if (const auto* found = registry().find(name)) return found;
  load_plugin_fields();
  return registry().find(name);
}

namespace {

// The field with the longest name that `words`, names with dots in between, begins with.
FieldText longest_field(std::string_view words) {
  FieldText found;
  for (auto length = words.size(); length > 0 && found.field == nullptr; --length) {
    found.field = registry().find(words.substr(0, length));
    found.length = length;
  }
  return found;
}

}  // namespace

std::optional<FieldText> split_field(std::string_view text) {
  const auto name_end = std::ranges::find_if(text, [](char c) { return !is_word(c) && c != '.'; });
  auto words = text.substr(0, static_cast<std::size_t>(name_end - text.begin()));
  while (words.ends_with('.')) words.remove_suffix(1);
  auto found = longest_field(words);
  const bool is_clear =
      found.field != nullptr && (found.length == words.size() || found.field->argument != ArgumentKind::none);
  if (!is_clear && words.find('.') != std::string_view::npos) {
    load_plugin_fields();
    found = longest_field(words);
  }
  if (found.field == nullptr) return std::nullopt;
  if (found.field->argument == ArgumentKind::none) return found;
  const auto rest = text.substr(found.length);
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end != std::string_view::npos) {
      found.argument = rest.substr(1, end - 1);
      found.length += end + 1;
    }
  } else if (rest.starts_with('.')) {
    const auto is_part = found.field->name.ends_with(".label") ? is_label : is_word;
    const auto end = std::ranges::find_if_not(rest.substr(1), is_part);
    const auto length = static_cast<std::size_t>(end - rest.begin()) - 1;
    if (length > 0) {
      found.argument = rest.substr(1, length);
      found.length += length + 1;
    }
  }
  return found;
}

std::unique_ptr<FieldReader> bind_field(std::string_view name, std::optional<std::string_view> argument) {
  const auto* info = find_field(name);
  if (!info) throw std::invalid_argument("there is no field " + std::string(name));
  if (argument && info->argument == ArgumentKind::none) {
    throw std::invalid_argument(std::string(name) + " takes no argument, but is given [" + std::string(*argument) +
                                "]");
  }
  if (!argument && info->argument == ArgumentKind::required) {
    throw std::invalid_argument(std::string(name) + " needs an argument, as in " + std::string(name) + "[...]");
  }
  auto reader = registry().bind(name, *info, argument);
  if (!reader->info) reader->info = info;
  if (argument) reader->argument = *argument;
  return reader;
}

std::unique_ptr<FieldReader> read_nothing(const FieldInfo&, std::optional<std::string_view>) {
  class Nothing final : public FieldReader {
    void read(FieldContext&, Values&) const override {}
  };
  return std::make_unique<Nothing>();
}

std::int64_t parse_number(const FieldInfo& info, std::string_view argument, std::int64_t least) {
  std::int64_t number = 0;
  const auto* end = argument.data() + argument.size();
  const auto [stop, error] = std::from_chars(argument.data(), end, number);
  if (error != std::errc() || stop != end || number < least) {
    throw std::invalid_argument(std::string(info.name) + "[" + std::string(argument) +
                                "]: the argument must be a whole number" + " from " + std::to_string(least) + " on");
  }
  return number;
}

}  // namespace tracer
