#include "../schema.hpp"

#include "bindings.hpp"

namespace tracer {

void bind_schema(nanobind::module_& module) {
  module.attr("SCHEMA_FINGERPRINT") = nanobind::str(schema_fingerprint.data(), schema_fingerprint.size());
}

}  // namespace tracer
