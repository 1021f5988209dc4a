#include "collector.hpp"

#include <algorithm>
#include <utility>

namespace tracer {
namespace {

constexpr auto longest_wait = std::chrono::seconds(1);

}  // namespace

void Collector::collect(Session& session, Deadline deadline) {
  while (!columns_.is_full() && !is_at_limit()) {
    const auto* event = session.next(due_ ? std::min(deadline, *due_) : deadline);
    if (event == nullptr) return;
    if (!session.is_shown(*event)) continue;
    auto context = session.context();
    columns_.append(context);
    if (!due_) due_ = std::chrono::steady_clock::now() + longest_wait;
  }
}

std::optional<HeldArray> Collector::next(Session& session, Deadline deadline) {
  if (!failure_ && !finishing_ && !ended_) {
    try {
      collect(session, deadline);
    } catch (...) {
      failure_ = std::current_exception();
    }
  }
  if (columns_.rows() == 0 && failure_) {
    ended_ = true;
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
  const bool last = finishing_ || session.ended() || is_at_limit();
  const bool due = due_ && std::chrono::steady_clock::now() >= *due_;
  if (columns_.rows() == 0 || !(last || due || failure_ || columns_.is_full())) {
    ended_ = ended_ || last;
    return std::nullopt;
  }
  given_ += columns_.rows();
  due_.reset();
  ended_ = last && !failure_;
  return columns_.take();
}

}  // namespace tracer
