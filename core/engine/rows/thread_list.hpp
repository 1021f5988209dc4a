// The threads and descriptors that are known at one moment, chosen by a filter over both.
#pragma once
#include <vector>

#include "../session.hpp"

namespace tracer {

struct ListedThread {
  Thread* thread = nullptr;
  std::vector<std::pair<std::int64_t, const Descriptor*>> descriptors;
};

// Of each thread, the descriptors that match `filter`, as if an event were about them; threads that have none are left
// out. Without a filter all threads, with all descriptors. Pointers hold until the session goes on.
std::vector<ListedThread> list_threads(Session& session, const Filter* filter);

}  // namespace tracer
