// The session as Python holds it.
#pragma once
#include <nanobind/nanobind.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

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

struct PythonEvent;

// What Python objects leave behind that end where the GIL is not held: it is let go later.
class LeftBehind {
 public:
  LeftBehind() = default;
  ~LeftBehind() {
    if (objects_.empty()) return;
    const nanobind::gil_scoped_acquire gil;
    objects_.clear();
  }
  LeftBehind(const LeftBehind&) = delete;
  LeftBehind& operator=(const LeftBehind&) = delete;
  void add(nanobind::object object) {
    const std::lock_guard lock(mutex_);
    objects_.push_back(std::move(object));
  }
  // With the GIL held.
  void let_go() {
    std::vector<nanobind::object> objects;
    {
      const std::lock_guard lock(mutex_);
      objects.swap(objects_);
    }
  }

 private:
  std::mutex mutex_;
  std::vector<nanobind::object> objects_;
};

// What events and their session share; events keep it alive.
struct PythonSession final : StateHost {
  std::shared_ptr<LeftBehind> left_behind = std::make_shared<LeftBehind>();
  Session session;
  FieldCache fields;
  ThreadSnapshots threads;
  std::weak_ptr<PythonSession> self;
  nanobind::object before_first;  // called when the first event is asked for; nothing once that has happened
  std::weak_ptr<PythonEvent> latest;
  bool is_in_use = false;                       // read and changed under the GIL only
  std::optional<std::thread::id> calling_back;  // the thread that is in a plugin's function, called by the stream

  PythonSession(std::shared_ptr<Source> source, std::shared_ptr<const Filter> filter, bool show_internal)
      : session(std::move(source), std::move(filter), show_internal) {
    session.state().host = this;
  }
  // Readers of columns may let it go on any thread, without the GIL.
  ~PythonSession() override {
    if (!before_first.is_valid()) return;
    const nanobind::gil_scoped_acquire gil;
    before_first.reset();
  }
  PythonSession(const PythonSession&) = delete;
  PythonSession& operator=(const PythonSession&) = delete;
};

// Before the session moves on: what has to be prepared for its first event is. With the GIL, and the session not in
// use.
inline void prepare(PythonSession& session) {
  if (!session.before_first.is_valid()) return;
  const auto call = std::exchange(session.before_first, {});
  if (!call.is_none()) call();
}

// Keeps the session for one call, which may release the GIL.
class InUse {
 public:
  // What the stream calls may read what the stream is at, but not move it on.
  enum class By : std::uint8_t { mover, reader };

  explicit InUse(PythonSession& session, By by = By::mover) : session_(session) {
    if (session.is_in_use) {
      is_within_ = by == By::reader && session.calling_back == std::this_thread::get_id();
      if (is_within_) return;
      const bool is_called = session.calling_back == std::this_thread::get_id();
      PyErr_SetString(PyExc_RuntimeError, is_called
                                              ? "what the stream calls cannot move it on or change it"
                                              : "the stream is in use: another thread is waiting for its next event");
      nanobind::raise_python_error();
    }
    session.is_in_use = true;
  }
  ~InUse() {
    if (!is_within_) session_.is_in_use = false;
  }
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;

 private:
  PythonSession& session_;
  bool is_within_ = false;
};

// While a plugin's function runs that the stream calls, with the GIL.
class CallingBack {
 public:
  explicit CallingBack(PythonSession& session) : session_(session), before_(session.calling_back) {
    session.calling_back = std::this_thread::get_id();
    session.left_behind->let_go();
  }
  ~CallingBack() { session_.calling_back = before_; }
  CallingBack(const CallingBack&) = delete;
  CallingBack& operator=(const CallingBack&) = delete;

 private:
  nanobind::gil_scoped_acquire gil_;
  PythonSession& session_;
  std::optional<std::thread::id> before_;
};

}  // namespace tracer
