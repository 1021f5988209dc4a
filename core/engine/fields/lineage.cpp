#include "lineage.hpp"

namespace tracer {

Thread* ancestor(FieldContext& context, std::int64_t generations) {
  auto* at = leader(context);
  for (; at && generations > 0; --generations) at = parent(context, *at);
  return at;
}

Thread* group_leader(FieldContext& context, std::int64_t Thread::*member, bool is_virtual) {
  auto* thread = context.event.thread;
  if (!thread || thread->*member == -1) return nullptr;
  const auto id = thread->*member;
  const bool is_in_namespace = thread->tid != thread->vtid || thread->pid != thread->vpid;
  if (!is_virtual || !is_in_namespace) {
    if (auto* found = context.state.threads.find(id)) return found;
  }
  Thread* oldest = nullptr;
  for_each_ancestor(context, *thread, [&](Thread& at) {
    if (at.*member != id) return false;
    oldest = &at;
    return true;
  });
  return oldest;
}

}  // namespace tracer
