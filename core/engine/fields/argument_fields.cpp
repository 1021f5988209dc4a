// evt.*: the parameters of the event.
#include <stdexcept>

#include "../output/render.hpp"
#include "params.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

const RenderOptions& options(const FieldContext& context) {
  static const RenderOptions defaults;
  return context.render ? *context.render : defaults;
}

std::string_view resolved(FieldContext& context, std::size_t index) {
  auto& text = context.scratch.text();
  render_resolved_param(text, context, index, options(context));
  return text;
}

// One parameter, by position or by name.
class ArgumentChoice {
 public:
  ArgumentChoice(const FieldInfo& info, std::string_view argument) {
    if (!argument.empty() && argument.find_first_not_of("0123456789") == std::string_view::npos) {
      position_ = static_cast<std::size_t>(parse_number(info, argument, 0));
      return;
    }
    named_ = std::make_unique<ParamIndex>(argument);
    if (!named_->declaration()) {
      throw std::invalid_argument(std::string(info.name) + ": no event has a parameter called '" +
                                  std::string(argument) + "'");
    }
  }
  std::optional<std::size_t> find(const Record& record) const {
    if (named_) return named_->find(record);
    return record.has_param(position_) ? std::optional(position_) : std::nullopt;
  }
  const ParamInfo* declaration() const { return named_ ? named_->declaration() : nullptr; }

 private:
  std::size_t position_ = 0;
  std::unique_ptr<ParamIndex> named_;
};

ArgumentChoice parse_choice(const FieldInfo& info, std::optional<std::string_view> argument) {
  return {info, *argument};
}

std::optional<std::string_view> argument_text(FieldContext& context, const ArgumentChoice& choice) {
  const auto index = choice.find(context.event.record);
  if (!index) return std::nullopt;
  return resolved(context, *index);
}

// The field has the type of the parameter it is bound to.
class RawArgumentReader final : public FieldReader {
 public:
  RawArgumentReader(const FieldInfo& field, std::optional<std::string_view> text)
      : choice_(field, *text), own_info_(field) {
    if (const auto* param = choice_.declaration()) own_info_.type = param->type;
    info = &own_info_;
  }
  void read(FieldContext& context, Values& values) const override {
    const auto& record = context.event.record;
    const auto index = choice_.find(record);
    auto value = index ? param_value(record, *index) : std::nullopt;
    if (value) value->format = F::dec;
    append(values, own_info_, value);
  }

 private:
  ArgumentChoice choice_;
  FieldInfo own_info_;
};

std::string_view arguments_text(FieldContext& context) {
  auto& text = context.scratch.text();
  render_args(text, context, options(context));
  return text;
}

std::optional<Value> buffer(FieldContext& context) {
  static const ParamIndex data("data");
  const auto index = data.find(context.event.record);
  if (!index || declared_param(context.event.record, *index).type != T::bytebuf_) return std::nullopt;
  return param_value(context.event.record, *index);
}

// The bytes that an I/O call moved, where it did not fail.
std::optional<std::uint64_t> moved_bytes(FieldContext& context, bool wanted) {
  const auto& record = context.event.record;
  if (!wanted || !context.event.descriptor || record.is_enter() || !record.has_param(0)) return std::nullopt;
  const auto bytes = record.value<std::int64_t>(0);
  if (bytes < 0) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

enum class Direction : std::uint8_t { any, in, out };
enum class Channel : std::uint8_t { any, file, net };

template <Channel channel, Direction direction>
std::optional<std::uint64_t> buffer_length(FieldContext& context) {
  const auto& info = context.event.record.info();
  const auto* descriptor = context.event.descriptor;
  if (!descriptor) return std::nullopt;
  const auto category = plain_category(info);
  bool wanted = direction == Direction::any
                    ? is_io(info)
                    : category == (direction == Direction::in ? category::io_read : category::io_write);
  if (channel == Channel::file) wanted = wanted && descriptor->is_file();
  if (channel == Channel::net) wanted = wanted && (descriptor->is_ipv4() || descriptor->is_ipv6());
  return moved_bytes(context, wanted);
}

std::optional<std::string_view> result_text(FieldContext& context) {
  const auto& record = context.event.record;
  const auto value = result(record);
  if (!value) return std::nullopt;
  if (*value >= 0) return "SUCCESS";
  return resolved(context, *result_param(record));
}

std::optional<std::int64_t> raw_result(FieldContext& context) { return result(context.event.record); }

constexpr Field fields[] = {
    {{"evt.args", T::charbuf_, F::na, "All parameters of the event, as name=value."}, read<arguments_text>},
    required_argument({{"evt.arg", T::charbuf_, F::na,
                        "One parameter as text, by position or name: evt.arg[0], evt.arg.fd. Descriptors, error "
                        "numbers and flags are resolved."},
                       read_with_argument<parse_choice, argument_text>}),
    required_argument({{"evt.rawarg", T::dyn_, F::na,
                        "One parameter as it was recorded, by name, with the type of that parameter: evt.rawarg.fd."},
                       read_as<RawArgumentReader>}),
    {{"evt.info", T::charbuf_, F::na, "All parameters of the event, as evt.args."}, read<arguments_text>},
    {{"evt.buffer", T::bytebuf_, F::na, "The data that a call like read or sendto moved, as far as recorded."},
     read<buffer>},
    {{"evt.buflen", T::uint64_, F::dec, "How many bytes an I/O call moved."},
     read<buffer_length<Channel::any, Direction::any>>},
    {{"evt.res", T::charbuf_, F::dec, "What the call returned: SUCCESS, or the name of the error, such as ENOENT."},
     read<result_text>},
    {{"evt.rawres", T::int64_, F::dec, "What the call returned, as a number; negative for errors."}, read<raw_result>},
    unlisted({{"evt.buflen.in", T::uint64_, F::dec, "evt.buflen of calls that read."},
              read<buffer_length<Channel::any, Direction::in>>}),
    unlisted({{"evt.buflen.out", T::uint64_, F::dec, "evt.buflen of calls that write."},
              read<buffer_length<Channel::any, Direction::out>>}),
    unlisted({{"evt.buflen.file", T::uint64_, F::dec, "evt.buflen of calls on files."},
              read<buffer_length<Channel::file, Direction::any>>}),
    unlisted({{"evt.buflen.file.in", T::uint64_, F::dec, "evt.buflen of calls that read files."},
              read<buffer_length<Channel::file, Direction::in>>}),
    unlisted({{"evt.buflen.file.out", T::uint64_, F::dec, "evt.buflen of calls that write files."},
              read<buffer_length<Channel::file, Direction::out>>}),
    unlisted({{"evt.buflen.net", T::uint64_, F::dec, "evt.buflen of calls on internet sockets."},
              read<buffer_length<Channel::net, Direction::any>>}),
    unlisted({{"evt.buflen.net.in", T::uint64_, F::dec, "evt.buflen of calls that read from internet sockets."},
              read<buffer_length<Channel::net, Direction::in>>}),
    unlisted({{"evt.buflen.net.out", T::uint64_, F::dec, "evt.buflen of calls that write to internet sockets."},
              read<buffer_length<Channel::net, Direction::out>>}),
};

}  // namespace

std::span<const Field> argument_fields() { return fields; }

}  // namespace tracer
