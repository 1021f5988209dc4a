// What each file of bindings adds to the Python module `tracer.core._engine`.
#pragma once
#include <nanobind/nanobind.h>

#include <memory>

namespace tracer {

class Filter;
class FilterSet;
class Format;
class Source;

// Python's NativeSource, Filter and Format hold shared ownership, so that a session may outlive the variable.
struct NativeSource {
  std::shared_ptr<Source> source;
};
struct FilterHandle {
  std::shared_ptr<const Filter> filter;
};
struct FilterSetHandle : FilterHandle {
  std::shared_ptr<const FilterSet> set;  // the same as `filter`
};
struct FormatHandle {
  std::shared_ptr<const Format> format;
};

void bind_batch(nanobind::module_& module);
void bind_capture(nanobind::module_& module);  // after bind_session, whose NativeSource it extends
void bind_fields(nanobind::module_& module);
void bind_plugin_fields(nanobind::module_& module);
void bind_output(nanobind::module_& module);
void bind_filter(nanobind::module_& module);
void bind_schema(nanobind::module_& module);
void bind_session(nanobind::module_& module);
void bind_columns(nanobind::module_& module);      // after bind_session, whose sessions it reads
void bind_rows(nanobind::module_& module);         // after bind_session, whose sessions it reads
void bind_thread_list(nanobind::module_& module);  // after bind_session, whose sessions it reads
void bind_live(nanobind::module_& module);         // after bind_session, whose NativeSource it extends

}  // namespace tracer
