#include "window.hpp"

#include <algorithm>

namespace tracer {

Fill Window::widen_slowly(std::size_t size, int timeout_ms) {
  while (view_.size() < size) {
    if (view_.empty() && !rest_.empty()) {
      view_ = rest_;
      rest_ = {};
      in_carry_ = false;
      continue;
    }
    if (view_.empty()) {
      in_carry_ = false;
      if (const auto fill = stream_->next(view_, timeout_ms); fill != Fill::bytes) return fill;
      continue;
    }
    // The block goes on in the next chunk: what there is of it moves out of this one's way.
    if (!in_carry_) {
      carry_.assign(view_.begin(), view_.end());
      in_carry_ = true;
    } else if (view_.data() != carry_.data()) {
      carry_.erase(carry_.begin(), carry_.end() - static_cast<std::ptrdiff_t>(view_.size()));
    }
    view_ = carry_;
    if (rest_.empty()) {
      if (const auto fill = stream_->next(rest_, timeout_ms); fill != Fill::bytes) return fill;
    }
    const auto more = rest_.first(std::min(size - carry_.size(), rest_.size()));
    carry_.insert(carry_.end(), more.begin(), more.end());
    view_ = carry_;
    rest_ = rest_.subspan(more.size());
  }
  return Fill::bytes;
}

}  // namespace tracer
