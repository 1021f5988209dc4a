// The descriptor that an event is about.
#pragma once
#include "registry.hpp"

namespace tracer {

inline bool is_about_descriptor(FieldContext& context) {
  constexpr auto about = event_flag::creates_fd | event_flag::uses_fd | event_flag::destroys_fd;
  return context.event.thread && (event_flags(context.event.record) & about);
}

// Null where the event has none, or none that is known.
inline const Descriptor* descriptor_of(FieldContext& context) {
  return is_about_descriptor(context) ? context.event.descriptor : nullptr;
}

}  // namespace tracer
