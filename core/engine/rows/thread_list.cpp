#include "thread_list.hpp"

#include "row_stream.hpp"

namespace tracer {

std::vector<ListedThread> list_threads(Session& session, const Filter* filter) {
  auto& state = session.state();
  std::vector<Thread*> threads;  // what a filter reads may add the leader of a thread's group
  for (const auto& [tid, thread] : state.threads) {
    if (!state.ends_now(tid)) threads.push_back(thread.get());
  }
  auto event = blank_event(state.last_timestamp);
  Scratch scratch;
  FieldContext context{state, event, scratch};
  std::vector<ListedThread> listed;
  for (auto* const thread : threads) {
    ListedThread row{thread, {}};
    event.thread = thread;
    event.record.tid = thread->tid;
    for (auto& [fd, descriptor] : state.threads.descriptors(*thread)) {
      if (fd == DescriptorTable::canceled_fd || state.ends_now(*thread, fd)) continue;
      scratch.reset();
      event.fd = fd;
      event.descriptor = &descriptor;
      if (filter == nullptr || filter->matches(context)) row.descriptors.emplace_back(fd, &descriptor);
    }
    if (filter == nullptr || !row.descriptors.empty()) listed.push_back(std::move(row));
  }
  return listed;
}

}  // namespace tracer
