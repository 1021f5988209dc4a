#include "descriptor.hpp"

namespace tracer {

Descriptor* DescriptorTable::look_up(std::int64_t fd) {
  const auto at = table_.find(fd);
  if (at == table_.end()) return nullptr;
  last_fd_ = fd;
  last_ = &at->second;
  return last_;
}

Descriptor& DescriptorTable::set(std::int64_t fd, Descriptor descriptor) {
  const auto at = table_.find(fd);
  if (at != table_.end()) {
    if (at->second.close_in_progress) {
      descriptor.close_in_progress = false;
      descriptor.close_canceled = true;
      auto closing = std::move(at->second);
      at->second = std::move(descriptor);
      auto& opened = at->second;
      table_.insert_or_assign(canceled_fd, std::move(closing));
      return opened;
    }
    at->second = std::move(descriptor);
    return at->second;
  }
  if (table_.size() >= max_size) {
    spare_ = std::make_unique<Descriptor>(std::move(descriptor));
    return *spare_;
  }
  return table_.emplace(fd, std::move(descriptor)).first->second;
}

void DescriptorTable::erase(std::int64_t fd) {
  if (fd == last_fd_) last_ = nullptr;
  table_.erase(fd);
}

void DescriptorTable::clear() {
  table_.clear();
  last_ = nullptr;
}

DescriptorTable& DescriptorTable::operator=(const DescriptorTable& other) {
  table_ = other.table_;
  last_ = nullptr;
  return *this;
}

}  // namespace tracer
