// Fields that plugins bring: Python functions that are called with an event.
#include <arpa/inet.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <bitset>
#include <map>
#include <stdexcept>

#include "../fields/field.hpp"
#include "../filter/comparison.hpp"
#include "attached.hpp"
#include "bindings.hpp"
#include "python_event.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace tracer {
namespace {

enum class Per : std::uint8_t { event, thread, process, descriptor };

// Python objects are not let go: the registry that holds them outlives the interpreter.
struct PythonField {
  nb::object extract, parse_argument, failed;
  Per per = Per::event;
  std::bitset<event_code_count> codes;                       // of events that may have a value
  bool is_off = false;                                       // it went wrong once
  std::size_t readers = 0;                                   // made so far
  std::map<std::optional<std::string>, std::uint64_t> keys;  // of each argument, for values that are kept
};

std::map<std::string, std::shared_ptr<PythonField>, std::less<>>& fields_by_name() {
  static auto& fields = *new std::map<std::string, std::shared_ptr<PythonField>, std::less<>>;
  return fields;
}

std::uint64_t next_key() {
  static std::uint64_t key = 0;
  return ++key;
}

[[noreturn]] void refuse(const FieldInfo& info, nb::handle object, const std::string& wanted) {
  const auto message = std::string(info.name) + " is " + nb::cast<std::string>(nb::repr(object)) + ", not " + wanted;
  throw nb::type_error(message.c_str());
}

std::string_view keep_text(nb::handle object, Scratch& scratch) {
  auto& text = scratch.text();
  Py_ssize_t size = 0;
  if (const char* const utf8 = PyUnicode_AsUTF8AndSize(object.ptr(), &size)) {
    text.assign(utf8, static_cast<std::size_t>(size));
    return text;
  }
  PyErr_Clear();  // bytes that are no UTF-8 stand as lone surrogates
  const auto bytes = nb::steal<nb::bytes>(PyUnicode_AsEncodedString(object.ptr(), "utf-8", "surrogateescape"));
  if (!bytes.is_valid()) nb::raise_python_error();
  text.assign(bytes.c_str(), bytes.size());
  return text;
}

Bytes keep_bytes(nb::handle object, Scratch& scratch) {
  auto& text = scratch.text();
  const auto bytes = nb::borrow<nb::bytes>(object);
  text.assign(bytes.c_str(), bytes.size());
  return std::as_bytes(std::span(text));
}

bool is_address(ParamType type) {
  return type == ParamType::ipv4addr_ || type == ParamType::ipv6addr_ || type == ParamType::ipaddr_;
}

Bytes keep_address(const FieldInfo& info, nb::handle object, Scratch& scratch) {
  if (nb::isinstance<nb::bytes>(object)) {
    const auto bytes = keep_bytes(object, scratch);
    if (bytes.size() == 4 || bytes.size() == 16) return bytes;
  } else if (nb::isinstance<nb::str>(object)) {
    const std::string text(keep_text(object, scratch));
    std::array<char, 16> address{};
    for (const auto& [family, size] : {std::pair(AF_INET, 4), std::pair(AF_INET6, 16)}) {
      if (inet_pton(family, text.c_str(), address.data()) != 1) continue;
      auto& kept = scratch.text();
      kept.assign(address.data(), static_cast<std::size_t>(size));
      return std::as_bytes(std::span(kept));
    }
  }
  refuse(info, object, "an address: text, or 4 or 16 bytes");
}

void append_value(const FieldInfo& info, nb::handle object, Scratch& scratch, Values& values) {
  Value value;
  value.type = info.type;
  value.format = info.format;
  if (info.type == ParamType::bool_) {
    if (!nb::isinstance<nb::bool_>(object)) refuse(info, object, "True or False");
    value.number = object.is(Py_True) ? 1 : 0;
  } else if (info.type == ParamType::double_) {
    if (!nb::try_cast(object, value.real)) refuse(info, object, "a number");
  } else if (info.type == ParamType::bytebuf_) {
    if (!nb::isinstance<nb::bytes>(object)) refuse(info, object, "bytes");
    value.bytes = keep_bytes(object, scratch);
  } else if (is_address(info.type)) {
    value.bytes = keep_address(info, object, scratch);
  } else if (filter::kind_of(info.type) == filter::ValueKind::data) {
    if (!nb::isinstance<nb::str>(object)) refuse(info, object, "text");
    value.text = keep_text(object, scratch);
  } else if (is_signed(info.type)) {
    std::int64_t number = 0;
    if (!nb::isinstance<nb::int_>(object) || !nb::try_cast(object, number)) refuse(info, object, "a whole number");
    value.number = static_cast<std::uint64_t>(number);
  } else if (!nb::isinstance<nb::int_>(object) || !nb::try_cast(object, value.number)) {
    refuse(info, object, "a whole number that is not negative");
  }
  values.push_back(value);
}

void append_values(const FieldInfo& info, nb::handle result, Scratch& scratch, Values& values) {
  if (result.is_none()) return;
  if (!info.is_list) return append_value(info, result, scratch, values);
  if (nb::isinstance<nb::str>(result) || nb::isinstance<nb::bytes>(result)) refuse(info, result, "a list");
  for (const auto item : nb::iter(result)) append_value(info, item, scratch, values);
}

class PythonFieldReader final : public FieldReader {
 public:
  PythonFieldReader(std::shared_ptr<PythonField> field, nb::object argument, std::uint64_t key)
      : field_(std::move(field)), argument_(std::move(argument)), key_(key) {}
  ~PythonFieldReader() override {
    const nb::gil_scoped_acquire gil;
    argument_.reset();
  }

  bool may_have_value(std::uint16_t code) const override { return field_->codes[code]; }

  void read(FieldContext& context, Values& values) const override {
    if (context.state.host == nullptr || field_->is_off || !field_->codes[context.event.record.type]) return;
    auto& owner = static_cast<PythonSession&>(*context.state.host);
    if (field_->per == Per::event) return call(owner, context, context.scratch, values);
    std::uint64_t exec_time = 0;
    auto* const attachment = kept_with(context, exec_time);
    if (attachment == nullptr) return;
    auto& kept = attached_to(owner, *attachment).kept;
    auto found = kept.find(key_);
    if (found == kept.end() || found->second.exec_time != exec_time) {
      KeptValues fresh;
      fresh.exec_time = exec_time;
      call(owner, context, fresh.texts, fresh.values);
      if (field_->is_off) return;
      found = kept.insert_or_assign(key_, std::move(fresh)).first;
    }
    values.insert(values.end(), found->second.values.begin(), found->second.values.end());
  }

 private:
  // What the value is kept with; null where the event has no such thing, and so no value.
  Attachment* kept_with(FieldContext& context, std::uint64_t& exec_time) const {
    auto& event = context.event;
    if (field_->per == Per::descriptor) return event.descriptor != nullptr ? &event.descriptor->attachment : nullptr;
    if (event.thread == nullptr) return nullptr;
    auto& leader = context.state.threads.main_thread(*event.thread);
    exec_time = leader.last_exec_time;
    return field_->per == Per::process ? &leader.attachment : &event.thread->attachment;
  }

  void call(PythonSession& owner, FieldContext& context, Scratch& scratch, Values& values) const {
    const CallingBack calling(owner);
    const auto before = values.size();
    try {
      const nb::object result = field_->extract(nb::cast(current_event(owner, context.event)), argument_);
      append_values(*info, result, scratch, values);
    } catch (nb::python_error& error) {
      if (!error.matches(PyExc_Exception)) throw;  // somebody wants to end it all
      fail(error.value(), values, before);
    } catch (const nb::builtin_exception& error) {
      fail(nb::borrow(PyExc_TypeError)(error.what()), values, before);
    }
  }

  // It has no value from now on, and its plugin hears of that.
  void fail(nb::handle error, Values& values, std::size_t before) const {
    values.resize(before);
    field_->is_off = true;
    field_->failed(error);
  }

  std::shared_ptr<PythonField> field_;
  nb::object argument_;
  std::uint64_t key_;
};

std::unique_ptr<FieldReader> bind_python_field(const std::shared_ptr<PythonField>& field, const FieldInfo& info,
                                               std::optional<std::string_view> argument) {
  nb::object parsed = argument ? nb::object(nb::str(argument->data(), argument->size())) : nb::none();
  if (!field->parse_argument.is_none()) {
    try {
      parsed = field->parse_argument(parsed);
    } catch (nb::python_error& error) {
      if (!error.matches(PyExc_ValueError)) throw;
      const auto text = argument ? "[" + std::string(*argument) + "]" : std::string();
      throw std::invalid_argument(std::string(info.name) + text + ": " + nb::cast<std::string>(nb::str(error.value())));
    }
  }
  ++field->readers;
  const auto key = argument ? std::optional(std::string(*argument)) : std::nullopt;
  auto [at, is_new] = field->keys.try_emplace(key, 0);
  if (is_new) at->second = next_key();
  auto reader = std::make_unique<PythonFieldReader>(field, std::move(parsed), at->second);
  return reader;
}

template <typename T, std::size_t size>
T named(std::string_view name, const std::array<std::pair<std::string_view, T>, size>& names, std::string_view what) {
  for (const auto& [known, value] : names) {
    if (known == name) return value;
  }
  throw std::invalid_argument("'" + std::string(name) + "' is no " + std::string(what));
}

constexpr auto argument_kinds = std::to_array<std::pair<std::string_view, ArgumentKind>>(
    {{"none", ArgumentKind::none}, {"optional", ArgumentKind::optional}, {"required", ArgumentKind::required}});
constexpr auto kept_per = std::to_array<std::pair<std::string_view, Per>>(
    {{"event", Per::event}, {"thread", Per::thread}, {"process", Per::process}, {"descriptor", Per::descriptor}});

ParamType type_named(std::string_view name) {
  for (std::size_t i = 0; i < param_type_names.size(); ++i) {
    const auto type = static_cast<ParamType>(i);
    if (param_type_names[i] != name || type == ParamType::none_) continue;
    if (filter::kind_of(type) != filter::ValueKind::opaque || is_address(type)) return type;
  }
  throw std::invalid_argument("'" + std::string(name) + "' is no type that a field can have");
}

void add_field(std::string name, std::string_view type, std::string description, nb::object extract,
               std::string_view argument, nb::object parse_argument, bool is_list, std::string_view per,
               const std::optional<std::vector<std::uint16_t>>& codes, nb::object failed) {
  auto field = std::make_shared<PythonField>();
  FieldInfo info;
  info.type = type_named(type);
  info.format = filter::kind_of(info.type) == filter::ValueKind::number ? PrintFormat::dec : PrintFormat::na;
  info.argument = named(argument, argument_kinds, "kind of argument");
  info.is_list = is_list;
  field->extract = std::move(extract);
  field->parse_argument = std::move(parse_argument);
  field->failed = std::move(failed);
  field->per = named(per, kept_per, "thing that a value is kept for");
  if (!codes) field->codes.set();
  for (const auto code : codes.value_or(std::vector<std::uint16_t>())) field->codes.set(code);
  auto key = name;
  add_plugin_field(std::move(name), std::move(description), info,
                   [field](const FieldInfo& bound, std::optional<std::string_view> text) {
                     return bind_python_field(field, bound, text);
                   });
  fields_by_name()[std::move(key)] = std::move(field);
}

}  // namespace

void bind_plugin_fields(nb::module_& module) {
  set_field_loader([] { nb::module_::import_("tracer.core.plugin_fields").attr("load_fields")(); });
  module.def("add_field", add_field, "name"_a, "type"_a, "description"_a, "extract"_a, nb::kw_only(),
             "argument"_a = "none", "parse_argument"_a.none() = nb::none(), "is_list"_a = false, "per"_a = "event",
             "codes"_a.none() = nb::none(), "failed"_a);
  module.def("load_plugin_fields", load_plugin_fields);
  module.def(
      "switch_off_field",
      [](std::string_view name) {
        const auto found = fields_by_name().find(name);
        if (found != fields_by_name().end()) found->second->is_off = true;
      },
      "name"_a);
  module.def("plugin_fields_in_use", [] {
    nb::list names;
    for (const auto& [name, field] : fields_by_name()) {
      if (field->readers > 0) names.append(nb::str(name.c_str()));
    }
    return names;
  });
}

}  // namespace tracer
