// proc.*: the process that the event belongs to.
#include "registry.hpp"
#include "text.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

// The value of a member of the event's thread.
template <auto member>
auto of_thread(FieldContext& context) -> std::optional<
    std::conditional_t<std::is_same_v<std::remove_cvref_t<decltype(std::declval<Thread&>().*member)>, std::string>,
                       std::string_view, std::remove_cvref_t<decltype(std::declval<Thread&>().*member)>>> {
  if (!context.event.thread) return std::nullopt;
  return context.event.thread->*member;
}

constexpr Field fields[] = {
    {{"proc.pid", T::int64_, F::id, "Id of the process."}, read<of_thread<&Thread::pid>>},
    {{"proc.exe", T::charbuf_, F::na, "First word of the command line, as the program was called."},
     read<of_thread<&Thread::exe>>},
    {{"proc.name", T::charbuf_, F::na, "Name of the program, without its path."}, read<of_thread<&Thread::comm>>},
};

}  // namespace

std::span<const Field> process_fields() { return fields; }

}  // namespace tracer
