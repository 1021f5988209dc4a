// Parameters and field values as Python objects.
#pragma once
#include <nanobind/nanobind.h>

#include "../fields/value.hpp"
#include "../record.hpp"

namespace tracer {

// Text of the traced system: UTF-8, with bytes that are not as lone surrogates, as Python does for file names.
nanobind::object python_text(std::string_view text);
// NUL-terminated entries as a list of texts.
nanobind::list python_text_list(std::string_view entries);
// A parameter's bytes by its type: int, float, bool, str, bytes, list; None where the record carries no bytes.
nanobind::object python_param(const ParamInfo& info, Bytes bytes);
nanobind::object python_value(const Value& value);

}  // namespace tracer
