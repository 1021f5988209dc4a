#include <nanobind/nanobind.h>
#include <nanobind/stl/string_view.h>

#include <stdexcept>
#include <string>

#include "../output/format.hpp"
#include "bindings.hpp"
#include "data_format.hpp"

namespace nb = nanobind;

namespace tracer {
namespace {

TimeFormat time_format(std::string_view name) {
  if (name == "h") return TimeFormat::hour;
  if (name == "a") return TimeFormat::absolute;
  if (name == "r") return TimeFormat::relative;
  if (name == "d") return TimeFormat::latency;
  if (name == "D") return TimeFormat::delta;
  throw std::invalid_argument("time format '" + std::string(name) + "' is none of h, a, r, d, D");
}

}  // namespace

void bind_output(nb::module_& module) {
  nb::class_<FormatHandle>(module, "Format", "How an event becomes text.")
      .def_static(
          "line",
          [](std::string_view format, std::string_view data, bool escape_control, std::uint32_t data_limit,
             std::string_view time) {
            return FormatHandle{line_format(format, {.data = data_format(data),
                                                     .data_limit = data_limit,
                                                     .escape_control = escape_control,
                                                     .time = time_format(time)})};
          },
          nb::arg("format"), nb::arg("data") = "dotted", nb::arg("escape_control") = false, nb::arg("data_limit") = 80,
          nb::arg("time") = "h")
      .def_static(
          "json",
          [](std::string_view format, std::string_view data) {
            return FormatHandle{json_format(format, {.data = data_format(data)})};
          },
          nb::arg("format"), nb::arg("data") = "dotted");
}

}  // namespace tracer
