#include <nanobind/stl/optional.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "../fields/field.hpp"
#include "bindings.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace tracer {

namespace {

std::string_view argument_name(ArgumentKind kind) {
  switch (kind) {
    case ArgumentKind::none:
      return "none";
    case ArgumentKind::optional:
      return "optional";
    case ArgumentKind::required:
      return "required";
  }
  return "";
}

}  // namespace

void bind_fields(nb::module_& module) {
  nb::class_<FieldInfo>(module, "FieldInfo", "What a field is.")
      .def_prop_ro("is_plugin", [](const FieldInfo& info) { return info.is_plugin; })
      .def_prop_ro("name", [](const FieldInfo& info) { return info.name; })
      .def_prop_ro("type", [](const FieldInfo& info) { return param_type_names[static_cast<std::size_t>(info.type)]; })
      .def_prop_ro("description", [](const FieldInfo& info) { return info.description; })
      .def_prop_ro("argument", [](const FieldInfo& info) { return argument_name(info.argument); })
      .def_prop_ro("is_list", [](const FieldInfo& info) { return info.is_list; })
      .def_prop_ro("filter_only", [](const FieldInfo& info) { return info.filter_only; })
      .def_prop_ro("unlisted", [](const FieldInfo& info) { return info.unlisted; })
      .def("__repr__", [](const FieldInfo& info) { return "<FieldInfo " + std::string(info.name) + ">"; });

  module.def(
      "fields",
      [] {
        load_plugin_fields();
        const auto all = all_fields();
        std::vector<FieldInfo> listed(all.begin(), all.end());
        for (const auto* const field : plugin_fields()) listed.push_back(*field);
        return listed;
      },
      "All fields, in listing order: the engine's own, then those of plugins.");
  module.def("own_fields", [] {
    const auto all = all_fields();
    return std::vector<FieldInfo>(all.begin(), all.end());
  });
  module.def(
      "is_list_field",
      [](std::string_view name) {
        const auto* const info = find_field(name);
        return info != nullptr && info->is_list;
      },
      "name"_a);
  module.def(
      "split_field",
      [](std::string_view text)
          -> std::optional<std::tuple<std::string_view, std::optional<std::string_view>, std::size_t>> {
        const auto found = split_field(text);
        if (!found) return std::nullopt;
        return std::tuple(found->field->name, found->argument, found->length);
      },
      "text"_a, "The field that `text` begins with: its name, its argument, and the length of both in `text`.");
  module.def(
      "check_field",
      [](std::string_view name, std::optional<std::string_view> argument) {
        const auto reader = bind_field(name, argument);
        return param_type_names[static_cast<std::size_t>(reader->info->type)];
      },
      "name"_a, "argument"_a = nb::none(),
      "The type of the field with this argument. Raises ValueError for what is no field or no argument for it.");
}

}  // namespace tracer
