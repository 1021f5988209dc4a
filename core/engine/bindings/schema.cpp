#include "../schema.hpp"

#include "bindings.hpp"

namespace tracer {

void bind_schema(nanobind::module_& module) { module.attr("SCHEMA_FINGERPRINT") = schema_fingerprint; }

}  // namespace tracer
