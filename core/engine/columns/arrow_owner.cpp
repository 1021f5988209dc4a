#include "arrow_owner.hpp"

namespace tracer {
namespace {

template <typename Structure>
std::vector<Structure*> pointers(std::vector<ArrowHolder<Structure>>& holders) {
  std::vector<Structure*> all;
  for (auto& holder : holders) all.push_back(holder.get());
  return all;
}

struct SchemaOwner {
  std::string format, name;
  std::vector<HeldSchema> children;
  std::vector<ArrowSchema*> child_pointers;
  std::unique_ptr<HeldSchema> dictionary;
};

struct ArrayOwner {
  ArrayParts parts;
  std::vector<const void*> buffer_pointers;
  std::vector<ArrowArray*> child_pointers;
};

template <typename Owner, typename Structure>
void release(Structure* structure) {
  const std::unique_ptr<Owner> owner(static_cast<Owner*>(structure->private_data));
  structure->release = nullptr;
}

}  // namespace

HeldSchema make_schema(std::string format, std::string name, std::vector<HeldSchema> children,
                       std::unique_ptr<HeldSchema> dictionary) {
  auto owner = std::make_unique<SchemaOwner>(
      SchemaOwner{std::move(format), std::move(name), std::move(children), {}, std::move(dictionary)});
  owner->child_pointers = pointers(owner->children);
  ArrowSchema schema{};
  schema.format = owner->format.c_str();
  schema.name = owner->name.c_str();
  schema.flags = arrow_flag_nullable;
  schema.n_children = static_cast<std::int64_t>(owner->children.size());
  schema.children = owner->child_pointers.data();
  schema.dictionary = owner->dictionary ? owner->dictionary->get() : nullptr;
  schema.release = release<SchemaOwner, ArrowSchema>;
  schema.private_data = owner.release();
  return HeldSchema(schema);
}

HeldArray make_array(ArrayParts parts) {
  auto owner = std::make_unique<ArrayOwner>(ArrayOwner{std::move(parts), {}, {}});
  for (const auto& buffer : owner->parts.buffers) owner->buffer_pointers.push_back(buffer.get());
  owner->child_pointers = pointers(owner->parts.children);
  ArrowArray array{};
  array.length = owner->parts.length;
  array.null_count = owner->parts.null_count;
  array.n_buffers = static_cast<std::int64_t>(owner->buffer_pointers.size());
  array.n_children = static_cast<std::int64_t>(owner->child_pointers.size());
  array.buffers = owner->buffer_pointers.data();
  array.children = owner->child_pointers.data();
  array.dictionary = owner->parts.dictionary ? owner->parts.dictionary->get() : nullptr;
  array.release = release<ArrayOwner, ArrowArray>;
  array.private_data = owner.release();
  return HeldArray(array);
}

}  // namespace tracer
