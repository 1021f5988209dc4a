// Owners of what Arrow structures point to: each is freed by the structure's own `release`.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow_abi.hpp"

namespace tracer {

// A schema or array that releases what it holds when it goes, unless it was given away.
template <typename Structure>
class ArrowHolder {
 public:
  ArrowHolder() = default;
  explicit ArrowHolder(Structure structure) : structure_(structure) {}
  ArrowHolder(ArrowHolder&& other) noexcept : structure_(std::exchange(other.structure_, {})) {}
  ArrowHolder& operator=(ArrowHolder&& other) noexcept {
    std::swap(structure_, other.structure_);
    return *this;
  }
  ~ArrowHolder() {
    if (structure_.release != nullptr) structure_.release(&structure_);
  }
  Structure* get() { return &structure_; }
  Structure give() { return std::exchange(structure_, {}); }

 private:
  Structure structure_{};
};
using HeldSchema = ArrowHolder<ArrowSchema>;
using HeldArray = ArrowHolder<ArrowArray>;

HeldSchema make_schema(std::string format, std::string name, std::vector<HeldSchema> children = {},
                       std::unique_ptr<HeldSchema> dictionary = nullptr);

struct ArrayParts {
  std::int64_t length = 0;
  std::int64_t null_count = 0;
  std::vector<std::shared_ptr<const void>> buffers;  // null: absent, as the validity of an array without nulls
  std::vector<HeldArray> children = {};
  std::unique_ptr<HeldArray> dictionary = nullptr;
};
HeldArray make_array(ArrayParts parts);

// A buffer of an array, from a vector of its elements.
template <typename T>
std::shared_ptr<const void> arrow_buffer(std::vector<T> elements) {
  // An empty vector has no address, but the buffer has to have one.
  if (elements.capacity() == 0) elements.reserve(1);
  auto owner = std::make_shared<std::vector<T>>(std::move(elements));
  return {owner, owner->data()};
}

}  // namespace tracer
