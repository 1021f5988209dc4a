// The session as Python holds it.
#pragma once
#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "../session.hpp"
#include "snapshot.hpp"

namespace tracer {

// Readers of the fields that Python asked for, by name.
class FieldCache {
 public:
  const FieldReader& get(const std::string& name) {
    auto& reader = readers_[name];
    if (!reader) reader = bind_field_text(name);
    return *reader;
  }

 private:
  static std::unique_ptr<FieldReader> bind_field_text(const std::string& text) {
    const auto split = split_field(text);
    if (!split || split->length != text.size()) throw nanobind::key_error(("there is no field " + text).c_str());
    try {
      return bind_field(split->field->name, split->argument);
    } catch (const std::invalid_argument& error) {
      throw nanobind::key_error(error.what());
    }
  }
  std::unordered_map<std::string, std::unique_ptr<FieldReader>> readers_;
};

// What events and their session share; events keep it alive.
struct PythonSession {
  Session session;
  FieldCache fields;
  ThreadSnapshots threads;
  std::uint64_t serial = 0;  // of the latest event handed to Python
  bool is_in_use = false;    // read and changed under the GIL only

  PythonSession(std::shared_ptr<Source> source, std::shared_ptr<const Filter> filter, bool show_internal)
      : session(std::move(source), std::move(filter), show_internal) {}
};

// Keeps the session for one call, which may release the GIL.
class InUse {
 public:
  explicit InUse(PythonSession& session) : session_(session) {
    if (session.is_in_use) {
      PyErr_SetString(PyExc_RuntimeError, "the stream is in use: another thread is waiting for its next event");
      nanobind::raise_python_error();
    }
    session.is_in_use = true;
  }
  ~InUse() { session_.is_in_use = false; }
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;

 private:
  PythonSession& session_;
};

}  // namespace tracer
