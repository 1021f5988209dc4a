// What each file of bindings adds to the Python module `tracer.core._engine`.
#pragma once
#include <nanobind/nanobind.h>

namespace tracer {

void bind_schema(nanobind::module_& module);

}  // namespace tracer
