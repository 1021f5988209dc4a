// What single events do to threads and descriptors, whether they are taken in or passed by. `params`: a Record, or
// whatever else has `value<T>(index)`.
#pragma once
#include "state.hpp"

namespace tracer {

// Data went over it.
inline void note_transfer(Descriptor& descriptor) {
  if (descriptor.type == DescriptorType::ipv4_socket || descriptor.type == DescriptorType::ipv6_socket) {
    descriptor.is_connected = true;
  }
}

inline void tell_memory(Thread& thread, const auto& params, std::size_t first) {
  thread.vm_size_kb = params.template value<std::uint32_t>(first);
  thread.vm_rss_kb = params.template value<std::uint32_t>(first + 1);
  thread.vm_swap_kb = params.template value<std::uint32_t>(first + 2);
}

inline void tell_schedule(ThreadTable& threads, Thread& thread, const auto& params) {
  thread.major_faults = params.template value<std::uint64_t>(1);
  thread.minor_faults = params.template value<std::uint64_t>(2);
  tell_memory(threads.main_thread(thread), params, 3);
}

}  // namespace tracer
