// Events as Python holds them.
#pragma once
#include <nanobind/stl/shared_ptr.h>

#include <memory>
#include <vector>

#include "python_session.hpp"
#include "snapshot.hpp"

namespace tracer {

struct PythonEvent {
  std::shared_ptr<PythonSession> owner;
  std::uint64_t position;  // of the session, when it was made
  std::uint64_t number;
  std::vector<std::byte> bytes;
  Record record;  // its `raw` is `bytes`
  std::uint64_t latency;
  std::shared_ptr<const ThreadSnapshot> thread;
  std::shared_ptr<const DescriptorSnapshot> descriptor;

  // Throws where the stream has moved on: what is not kept here cannot be read any more.
  void check_is_latest() const {
    if (position != owner->session.position()) {
      throw nanobind::value_error(
          "fields can only be read from the latest event; read them before asking for the next one");
    }
  }
};

// The event that the session is at: the same object for as long as it is at it, and somebody holds that.
std::shared_ptr<PythonEvent> current_event(PythonSession& owner, Event& event);

}  // namespace tracer
