// thread.*: the thread that the event belongs to.
#include "registry.hpp"
#include "text.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

constexpr Field fields[] = {
    {{"thread.tid", T::int64_, F::id, "Id of the thread."},
     read<[](FieldContext& context) { return context.event.record.tid; }>},
};

}  // namespace

std::span<const Field> thread_fields() { return fields; }

}  // namespace tracer
