// What others than the engine keep with a thread or a descriptor.
#pragma once
#include <memory>
#include <utility>

namespace tracer {

class Attached {
 public:
  virtual ~Attached() = default;
  // What a new thread starts with that this one makes; null for nothing.
  virtual std::unique_ptr<Attached> inherited() const { return nullptr; }
};

// Goes when what it belongs to goes. A copy of that starts without one.
class Attachment {
 public:
  Attachment() = default;
  Attachment(const Attachment&) {}
  Attachment(Attachment&&) = default;
  Attachment& operator=(const Attachment&) {
    attached_.reset();
    return *this;
  }
  Attachment& operator=(Attachment&&) = default;
  ~Attachment() = default;

  Attached* get() const { return attached_.get(); }
  void set(std::unique_ptr<Attached> attached) { attached_ = std::move(attached); }
  void inherit(const Attachment& parent) {
    if (parent.attached_) attached_ = parent.attached_->inherited();
  }

 private:
  std::unique_ptr<Attached> attached_;
};

// Whoever runs the stream whose state this is, for the fields that plugins bring.
class StateHost {
 public:
  virtual ~StateHost() = default;
};

}  // namespace tracer
