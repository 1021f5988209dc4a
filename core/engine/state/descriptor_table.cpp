#include "descriptor.hpp"

namespace tracer {

Descriptor* DescriptorTable::look_up(std::int64_t fd) {
  const auto at = table_.find(fd);
  if (at == table_.end()) return nullptr;
  recent_[slot_of(fd)] = {fd, &at->second};
  return &at->second;
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
  if (free_.empty()) return table_.emplace(fd, std::move(descriptor)).first->second;
  free_.key() = fd;
  free_.mapped() = std::move(descriptor);
  return table_.insert(std::move(free_)).position->second;
}

void DescriptorTable::erase(std::int64_t fd) {
  auto& recent = recent_[slot_of(fd)];
  if (recent.fd == fd) recent = {};
  if (auto node = table_.extract(fd)) free_ = std::move(node);
}

void DescriptorTable::clear() {
  table_.clear();
  recent_ = {};
}

DescriptorTable& DescriptorTable::operator=(const DescriptorTable& other) {
  table_ = other.table_;
  recent_ = {};
  return *this;
}

}  // namespace tracer
