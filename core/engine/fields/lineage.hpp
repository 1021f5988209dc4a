// The threads around the event's own: its leader, its parents, its session and group leaders.
#pragma once
#include <type_traits>

#include "registry.hpp"

namespace tracer {

// The thread group's leader, or null if the event's thread is not known.
inline Thread* leader(FieldContext& context) {
  return context.event.thread ? &context.state.threads.main_thread(*context.event.thread) : nullptr;
}

// The thread that made this one, or null if it is not known.
inline Thread* parent(FieldContext& context, const Thread& thread) { return context.state.threads.find(thread.ptid); }
inline Thread* parent(FieldContext& context) {
  return context.event.thread ? parent(context, *context.event.thread) : nullptr;
}

// The ancestor `generations` back; the leader itself for 0. Null if it is not known.
Thread* ancestor(FieldContext& context, std::int64_t generations);

// Calls `visit` with each ancestor of `thread`, nearest first, until it returns false.
template <typename Visit>
void for_each_ancestor(FieldContext& context, const Thread& thread, Visit&& visit) {
  auto left = context.state.threads.size();  // parents that lead in a circle must come to an end
  for (auto* at = parent(context, thread); at && at->tid != -1 && left > 0; --left) {
    if (!visit(*at)) return;
    if (at->tid == at->ptid) return;
    at = parent(context, *at);
  }
}

// The leader of the session or process group whose id is `member`: the thread of that id, or where it is gone (or the
// id is of another pid namespace) the oldest ancestor with the same.
Thread* group_leader(FieldContext& context, std::int64_t Thread::*member, bool is_virtual);

// A member of a thread as a field's value: texts as views.
template <auto member>
auto value_of(const Thread& thread) {
  using Type = std::remove_cvref_t<decltype(thread.*member)>;
  if constexpr (std::is_same_v<Type, std::string>) {
    return std::string_view(thread.*member);
  } else {
    return thread.*member;
  }
}
template <auto member>
auto value_if(const Thread* thread) -> std::optional<decltype(value_of<member>(*thread))> {
  if (!thread) return std::nullopt;
  return value_of<member>(*thread);
}

// Functions for rows: a member of the event's thread, of its leader, of its parent.
template <auto member>
auto of_thread(FieldContext& context) {
  return value_if<member>(context.event.thread);
}
template <auto member>
auto of_leader(FieldContext& context) {
  return value_if<member>(leader(context));
}
template <auto member>
auto of_parent(FieldContext& context) {
  return value_if<member>(parent(context));
}

}  // namespace tracer
