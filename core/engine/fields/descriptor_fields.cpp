// fd.*: the descriptor that the event is about.
#include "registry.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

bool has_descriptor(FieldContext& context) {
  constexpr auto about_fd = event_flag::creates_fd | event_flag::uses_fd | event_flag::destroys_fd;
  return context.event.thread && (context.event.record.info().flags & about_fd);
}

std::optional<std::int64_t> number(FieldContext& context) {
  if (!has_descriptor(context)) return std::nullopt;
  return context.event.fd;
}

std::optional<std::string_view> name(FieldContext& context) {
  if (!has_descriptor(context) || !context.event.descriptor) return std::nullopt;
  return context.event.descriptor->name;
}

constexpr Field fields[] = {
    {{"fd.num", T::int64_, F::id, "Number of the descriptor."}, read<number>},
    {{"fd.name", T::charbuf_, F::na, "Full path of a file, both ends of a connection, ..."}, read<name>},
};

}  // namespace

std::span<const Field> descriptor_fields() { return fields; }

}  // namespace tracer
