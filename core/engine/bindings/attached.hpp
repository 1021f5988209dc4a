// What plugins keep with threads and descriptors: values of fields, and state of their own.
#pragma once
#include <nanobind/nanobind.h>

#include <memory>
#include <unordered_map>

#include "../fields/field.hpp"
#include "python_session.hpp"

namespace tracer {

// The values of a field for as long as they hold.
struct KeptValues {
  std::uint64_t exec_time = 0;  // of the program that they are of
  Scratch texts;
  Values values;
};

class PythonAttached final : public Attached {
 public:
  explicit PythonAttached(std::shared_ptr<LeftBehind> left_behind) : left_behind_(std::move(left_behind)) {}
  ~PythonAttached() override {
    if (state.is_valid()) left_behind_->add(std::move(state));
  }
  PythonAttached(const PythonAttached&) = delete;
  PythonAttached& operator=(const PythonAttached&) = delete;
  std::unique_ptr<Attached> inherited() const override;

  std::unordered_map<std::uint64_t, KeptValues> kept;  // by field and argument
  nanobind::object state;                              // a dictionary, by ThreadState or DescriptorState; or nothing

 private:
  std::shared_ptr<LeftBehind> left_behind_;
};

PythonAttached& attached_to(PythonSession& owner, Attachment& attachment);

// What `key` keeps there, `key.make()` if it keeps nothing yet. Without an attachment nothing is kept.
nanobind::object state_of(PythonSession& owner, Attachment* attachment, nanobind::handle key);
void set_state_of(PythonSession& owner, Attachment* attachment, nanobind::handle key, nanobind::handle value);

}  // namespace tracer
