#include "bindings.hpp"

NB_MODULE(_engine, module) {
  module.doc() = "The native engine of tracer: records in; state, filters, text and captures out.";
  // What plugins keep may outlive the interpreter: it is theirs.
  nanobind::set_leak_warnings(false);
  tracer::bind_fields(module);
  tracer::bind_plugin_fields(module);
  tracer::bind_output(module);
  tracer::bind_schema(module);
  tracer::bind_session(module);
  tracer::bind_capture(module);
  tracer::bind_batch(module);
  tracer::bind_columns(module);
  tracer::bind_rows(module);
  tracer::bind_thread_list(module);
  tracer::bind_live(module);
  tracer::bind_filter(module);
}
