// evt.stack.*: the stacks that a driver has added to an event as one parameter more than it is known to have.
#include <algorithm>
#include <array>

#include "params.hpp"

namespace tracer {
namespace {

using T = ParamType;
using F = PrintFormat;

// What follows the known parameters. Empty where nothing does.
Bytes added_param(const Record& record) {
  const auto known = record.info().params.size();
  if (record.is_v1 || record.param_count != known || (record.info().flags & event_flag::large_payload)) return {};
  const auto count = read_value<std::uint32_t>(record.raw.subspan(record_v1_header_size, 4));
  if (count <= known) return {};
  const auto length = read_value<std::uint16_t>(record.raw.subspan(record_header_size + known * 2, 2));
  return record.raw.subspan(record.offsets[known], length);
}

enum class Side : std::uint8_t { kernel, user };

template <Side side>
std::optional<std::string_view> stack(FieldContext& context) {
  const auto& event = context.event;
  Cursor cursor(added_param(event.record));
  const auto in_kernel = cursor.get<std::uint32_t>();
  const auto in_program = cursor.get<std::uint32_t>();
  if (side == Side::user) cursor.take(std::size_t{in_kernel} * sizeof(std::uint64_t));
  const auto count = side == Side::kernel ? in_kernel : in_program;
  auto& text = context.scratch.text();
  for (std::uint32_t frame = 0; frame < count; ++frame) {
    auto address = cursor.get<std::uint64_t>();
    if (cursor.failed()) return std::nullopt;
    if (address == 0) break;  // where a chain of frames ends
    // All but the innermost are return addresses: the call stands before them.
    if (frame > 0 && address > 0) --address;
    if (frame > 0) text += ';';
    if (context.state.now) {
      text += side == Side::kernel ? context.state.now->kernel_symbol(address)
                                   : context.state.now->user_symbol(event.record.tid,
                                                                    event.thread ? event.thread->exepath : "", address);
    } else {
      text += "[unknown] 0x";
      constexpr std::string_view digits = "0123456789abcdef";
      auto shift = 60;
      while (shift > 0 && (address >> shift) == 0) shift -= 4;
      for (; shift >= 0; shift -= 4) text += digits[(address >> shift) & 0xf];
    }
  }
  if (text.empty()) return std::nullopt;
  return text;
}

constexpr std::array fields = {
    Field{{"evt.stack.kernel", T::charbuf_, F::na,
           "the kernel's functions that were under way when the system call ended, innermost first, with ';' between "
           "them; recorded with --stacks."},
          read<stack<Side::kernel>>},
    Field{{"evt.stack.user", T::charbuf_, F::na,
           "the program's functions that led to the system call, innermost first, with ';' between them; recorded with "
           "--stacks."},
          read<stack<Side::user>>},
};

}  // namespace

std::span<const Field> stack_fields() { return fields; }

}  // namespace tracer
