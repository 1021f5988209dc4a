#include "../schema.hpp"

#include "../state/state.hpp"
#include "bindings.hpp"

namespace tracer {

void bind_schema(nanobind::module_& module) {
  module.attr("SCHEMA_FINGERPRINT") = nanobind::str(schema_fingerprint.data(), schema_fingerprint.size());
  module.def("changes_state", changes_state, nanobind::arg("code"),
             "Whether events with this code change what is known of threads and descriptors.");
}

}  // namespace tracer
