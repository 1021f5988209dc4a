#include "attached.hpp"

namespace nb = nanobind;

namespace tracer {

PythonAttached& attached_to(PythonSession& owner, Attachment& attachment) {
  if (attachment.get() == nullptr) attachment.set(std::make_unique<PythonAttached>(owner.left_behind));
  return static_cast<PythonAttached&>(*attachment.get());
}

std::unique_ptr<Attached> PythonAttached::inherited() const {
  if (!state.is_valid()) return nullptr;
  const nb::gil_scoped_acquire gil;
  nb::dict of_child;
  for (const auto [key, value] : nb::borrow<nb::dict>(state)) {
    const nb::object inherit = nb::getattr(key, "inherit", nb::none());
    if (!inherit.is_none()) of_child[key] = inherit(value);
  }
  if (of_child.size() == 0) return nullptr;
  auto child = std::make_unique<PythonAttached>(left_behind_);
  child->state = std::move(of_child);
  return child;
}

nb::object state_of(PythonSession& owner, Attachment* attachment, nb::handle key) {
  if (attachment != nullptr && attachment->get() != nullptr) {
    const auto& state = static_cast<PythonAttached&>(*attachment->get()).state;
    if (state.is_valid()) {
      auto* const found = PyDict_GetItemWithError(state.ptr(), key.ptr());
      if (found != nullptr) return nb::borrow(found);
      if (PyErr_Occurred() != nullptr) nb::raise_python_error();
    }
  }
  const nb::object make = nb::getattr(key, "make");
  if (make.is_none()) return nb::none();
  nb::object made = make();
  set_state_of(owner, attachment, key, made);
  return made;
}

void set_state_of(PythonSession& owner, Attachment* attachment, nb::handle key, nb::handle value) {
  if (attachment == nullptr) return;
  auto& state = attached_to(owner, *attachment).state;
  if (!state.is_valid()) state = nb::dict();
  nb::borrow<nb::dict>(state)[key] = value;
}

}  // namespace tracer
