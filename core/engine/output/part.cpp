#include "part.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "../fields/params.hpp"
#include "../fields/syslog.hpp"
#include "../fields/text.hpp"
#include "short_part.hpp"
#include "text.hpp"

namespace tracer {
namespace {

// A part whose text is rendered from the event's parameters; as JSON it is that text.
class RenderedPart : public Part {
 public:
  explicit RenderedPart(const RenderOptions& options) : options_(options) {}
  bool write_json(std::string& out, FieldContext& context) final {
    text_.clear();
    if (!write_text(text_, context)) return false;
    append_json_string(out, text_);
    return true;
  }

 protected:
  RenderOptions options_;

 private:
  std::string text_;
};

class ArgumentsPart final : public RenderedPart {
 public:
  using RenderedPart::RenderedPart;
  bool write_text(std::string& out, FieldContext& context) override {
    render_args(out, context, options_);
    return true;
  }
};

// evt.info: what the event is to a protocol that is understood; its parameters where none is.
class InfoPart final : public RenderedPart {
 public:
  using RenderedPart::RenderedPart;
  bool write_text(std::string& out, FieldContext& context) override {
    if (const auto message = syslog_message(context)) {
      out += "syslog sev=";
      out += message->severity();
      out += " msg=";
      if (options_.escape_control) {
        append_escaped(out, message->text);
      } else {
        out += message->text;
      }
    } else {
      render_args(out, context, options_);
    }
    return true;
  }
};

// evt.arg[0].
class NumberedArgumentPart final : public RenderedPart {
 public:
  NumberedArgumentPart(std::size_t index, const RenderOptions& options) : RenderedPart(options), index_(index) {}
  bool write_text(std::string& out, FieldContext& context) override {
    if (!context.event.record.has_param(index_)) return false;
    render_resolved_param(out, context, index_, options_);
    return true;
  }

 private:
  std::size_t index_;
};

// evt.arg.fd, and evt.buffer, which is the parameter called data.
class NamedArgumentPart final : public RenderedPart {
 public:
  NamedArgumentPart(std::string_view name, const RenderOptions& options) : RenderedPart(options), params_(name) {}
  bool write_text(std::string& out, FieldContext& context) override {
    const auto index = params_.find(context.event.record);
    if (!index) return false;
    render_resolved_param(out, context, *index, options_);
    return true;
  }

 private:
  ParamIndex params_;
};

std::unique_ptr<Part> make_argument_part(std::string_view argument, const RenderOptions& options) {
  std::size_t index = 0;
  const auto* end = argument.data() + argument.size();
  const auto parsed = std::from_chars(argument.data(), end, index);
  if (parsed.ec == std::errc{} && parsed.ptr == end) return std::make_unique<NumberedArgumentPart>(index, options);
  return std::make_unique<NamedArgumentPart>(argument, options);
}

// evt.outputtime in seconds.
class SecondsPart final : public Part {
 public:
  explicit SecondsPart(TimeFormat format) : format_(format) {}
  bool write_text(std::string& out, FieldContext& context) override {
    if (format_ == TimeFormat::absolute) {
      // The nanoseconds without leading zeros, as sysdig has them.
      append_number(out, context.event.record.timestamp / 1'000'000'000);
      out += '.';
      append_number(out, context.event.record.timestamp % 1'000'000'000);
    } else {
      append_seconds(out, seconds(context));
    }
    return true;
  }
  void pass_over(FieldContext& context) override { seconds(context); }
  bool write_json(std::string& out, FieldContext& context) override {
    append_number(out, context.event.record.timestamp);
    return true;
  }

 private:
  std::uint64_t seconds(const FieldContext& context) {
    const auto now = context.event.record.timestamp;
    switch (format_) {
      case TimeFormat::relative:
        return now - context.state.first_timestamp;
      case TimeFormat::latency:
        return context.event.thread == nullptr ? 0 : context.event.thread->last_latency;
      case TimeFormat::delta: {
        const auto before = shown_before_ == 0 ? now : shown_before_;
        shown_before_ = now;
        return now - before;
      }
      default:
        return now;
    }
  }
  TimeFormat format_;
  std::uint64_t shown_before_ = 0;
};

// A field whose reader gives its values.
class FieldPart : public Part {
 public:
  FieldPart(std::unique_ptr<FieldReader> reader, const RenderOptions& options)
      : reader_(std::move(reader)), options_(options) {}
  bool write_text(std::string& out, FieldContext& context) override {
    if (!read(context)) return false;
    write(out, "()", [&](const Value& value) { render_value(out, value, options_); });
    return true;
  }
  bool write_json(std::string& out, FieldContext& context) override {
    if (!read(context)) return false;
    write(out, "[]", [&](const Value& value) { render_value_json(out, value, options_); });
    return true;
  }
  void pass_over(FieldContext& context) override {
    if (reader_->info->keeps_history) read(context);
  }

 protected:
  bool read(FieldContext& context) {
    values_.clear();
    reader_->read(context, values_);
    return !values_.empty();
  }
  Values values_;

 private:
  template <typename Write>
  void write(std::string& out, std::string_view brackets, Write&& write_value) {
    // A field that gives all of a process's ancestors is a list then, in JSON.
    const bool is_list = reader_->info->is_list || (brackets[0] == '[' && values_.size() > 1);
    if (is_list) out += brackets[0];
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (i != 0) out += ',';
      write_value(values_[i]);
    }
    if (is_list) out += brackets[1];
  }
  std::unique_ptr<FieldReader> reader_;
  RenderOptions options_;
};

// Times are numbers of nanoseconds in JSON, however they print.
class TimePart final : public FieldPart {
 public:
  using FieldPart::FieldPart;
  bool write_json(std::string& out, FieldContext& context) override {
    append_number(out, context.event.record.timestamp);
    return true;
  }
};

// So are durations.
class DurationPart final : public FieldPart {
 public:
  using FieldPart::FieldPart;
  bool write_json(std::string& out, FieldContext& context) override {
    if (!read(context)) return false;
    append_number(out, values_[0].number);
    return true;
  }
};

constexpr std::array time_names = {"evt.time",     "evt.time.s",     "evt.time.iso8601",
                                   "evt.datetime", "evt.datetime.s", "evt.outputtime"};
constexpr std::array duration_names = {"evt.rawtime.ns", "evt.reltime",    "evt.reltime.s",
                                       "evt.reltime.ns", "evt.latency.ns", "evt.deltatime.ns"};

bool contains(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::unique_ptr<Part> make_part(const FieldText& field, const RenderOptions& options) {
  const auto name = field.field->name;
  if (field.field->filter_only) {
    throw std::invalid_argument(std::string(name) + " can be used in filters only, not in an output format");
  }
  // Without an argument they are all ancestors to a filter, but the process itself in a format.
  const bool is_self = !field.argument && (name == "proc.aname" || name == "proc.apid");
  if (auto part = make_short_part(name, options)) return part;
  auto reader = bind_field(name, is_self ? "0" : field.argument);
  if (name == "evt.args") return std::make_unique<ArgumentsPart>(options);
  if (name == "evt.info") return std::make_unique<InfoPart>(options);
  if (name == "evt.arg") return make_argument_part(*field.argument, options);
  if (name == "evt.buffer") return std::make_unique<NamedArgumentPart>("data", options);
  if (name == "evt.outputtime") {
    if (options.time != TimeFormat::hour) return std::make_unique<SecondsPart>(options.time);
    reader = bind_field("evt.time", std::nullopt);
  }
  if (contains(time_names, name)) return std::make_unique<TimePart>(std::move(reader), options);
  if (contains(duration_names, name)) return std::make_unique<DurationPart>(std::move(reader), options);
  return std::make_unique<FieldPart>(std::move(reader), options);
}

}  // namespace tracer
