// span.*, evtin.span.*: spans of events that programs mark themselves; see spans.hpp.
#include <array>
#include <charconv>
#include <cmath>

#include "registry.hpp"
#include "text.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;
using Text = std::optional<std::string_view>;
using Number = std::optional<std::uint64_t>;

const Span* marked(FieldContext& context) {
  const auto* mark = context.state.spans.mark();
  return mark == nullptr ? nullptr : &mark->span;
}

const Span* beginning(FieldContext& context) { return context.state.spans.beginning(); }

bool ends(FieldContext& context) {
  const auto* mark = context.state.spans.mark();
  return mark != nullptr && !mark->begins;
}

std::string_view tags_text(FieldContext& context, const Span& span) {
  auto& text = context.scratch.text();
  for (const auto& tag : span.tags) {
    if (!text.empty()) text += '.';
    text += tag;
  }
  return text;
}

std::string_view arguments_text(FieldContext& context, const Span& span) {
  auto& text = context.scratch.text();
  for (const auto& [name, value] : span.arguments) {
    if (!text.empty()) text += ',';
    text += name;
    text += '=';
    text += value;
  }
  return text;
}

// An element by its place; negative ones count from the end.
template <typename Element>
const Element* element(const std::vector<Element>& elements, std::int64_t index) {
  const auto size = static_cast<std::int64_t>(elements.size());
  if (index < 0) index += size;
  return index >= 0 && index < size ? &elements[static_cast<std::size_t>(index)] : nullptr;
}

std::int64_t parse_index(const FieldInfo& info, std::optional<std::string_view> argument) {
  return parse_number(info, *argument, INT64_MIN);
}

// span.arg[1] or span.arg.name.
struct Wanted {
  std::optional<std::int64_t> index;
  std::string name;
};

Wanted parse_wanted(const FieldInfo&, std::optional<std::string_view> argument) {
  std::int64_t index = 0;
  const auto* end = argument->data() + argument->size();
  const auto [stop, error] = std::from_chars(argument->data(), end, index);
  if (error == std::errc() && stop == end) return {index, {}};
  return {std::nullopt, std::string(*argument)};
}

Text tag(const Span& span, std::int64_t index) {
  const auto* found = element(span.tags, index);
  return found == nullptr ? Text() : *found;
}

Text argument(const Span& span, const Wanted& wanted) {
  if (wanted.index) {
    const auto* found = element(span.arguments, *wanted.index);
    return found == nullptr ? Text() : found->second;
  }
  for (const auto& [name, value] : span.arguments) {
    if (name == wanted.name) return value;
  }
  return std::nullopt;
}

template <auto which, auto extract>
auto of(FieldContext& context) -> std::optional<decltype(extract(context, *which(context)))> {
  const auto* span = which(context);
  if (span == nullptr) return std::nullopt;
  return extract(context, *span);
}

template <auto which>
Text tag_of(FieldContext& context, std::int64_t index) {
  const auto* span = which(context);
  return span == nullptr ? Text() : tag(*span, index);
}

template <auto which>
Text argument_of(FieldContext& context, const Wanted& wanted) {
  const auto* span = which(context);
  return span == nullptr ? Text() : argument(*span, wanted);
}

Number duration(FieldContext& context) {
  const auto* begun = beginning(context);
  if (!ends(context) || begun == nullptr) return std::nullopt;
  const auto now = context.event.record.timestamp;
  return now > begun->time ? now - begun->time : 0;
}

Text duration_text(FieldContext& context) {
  const auto length = duration(context);
  if (!length) return std::nullopt;
  auto& text = context.scratch.text();
  append_duration(text, *length);
  return text;
}

Number duration_magnitude(FieldContext& context) {
  const auto length = duration(context);
  if (!length || *length == 0) return std::nullopt;
  return static_cast<std::uint64_t>(std::log10(static_cast<double>(*length)));
}

bool has_tags(FieldContext& context, std::int64_t last) {
  const auto* span = marked(context);
  return span != nullptr && static_cast<std::int64_t>(span->tags.size()) == last + 1;
}

Number duration_for_tag(FieldContext& context, std::int64_t last) {
  return has_tags(context, last) ? duration(context) : std::nullopt;
}

Number count(FieldContext& context) {
  return marked(context) == nullptr ? Number() : static_cast<std::uint64_t>(ends(context));
}

Number count_for_tag(FieldContext& context, std::int64_t last) {
  if (marked(context) == nullptr) return std::nullopt;
  return static_cast<std::uint64_t>(ends(context) && has_tags(context, last));
}

Number children_for_tag(FieldContext& context, std::int64_t last) {
  const auto* span = marked(context);
  if (span == nullptr) return std::nullopt;
  return static_cast<std::uint64_t>(ends(context) && static_cast<std::int64_t>(span->tags.size()) > last + 1);
}

Text id_and_tag(FieldContext& context, std::int64_t index) {
  const auto* span = marked(context);
  if (span == nullptr) return std::nullopt;
  auto& text = context.scratch.text();
  text = std::to_string(span->id);
  text += tag(*span, index).value_or("");
  return text;
}

Text parent_time(FieldContext& context) {
  const auto* span = beginning(context);
  const auto* parent = span == nullptr ? nullptr : context.state.spans.parent(*span);
  if (parent == nullptr) return std::nullopt;
  auto& text = context.scratch.text();
  text = std::to_string(parent->time);
  return text;
}

// Which threads' events count as in a span, by what stands between "evtin.span." and the name.
enum class Scope : std::uint8_t { thread, process, script, machine };

bool is_in(FieldContext& context, const Span& span, Scope scope) {
  const auto& thread = *context.event.thread;
  switch (scope) {
    case Scope::thread:
      return thread.tid == span.tid;
    case Scope::process:
      return thread.pid == span.pid;
    case Scope::script:
      return thread.ptid == span.ptid;
    case Scope::machine:
      return true;
  }
  return false;
}

// The values of all spans that the event is in: the mark that begins one is not, the one that ends it is.
template <Scope scope, auto extract, typename... Argument>
void within(FieldContext& context, const Argument&... wanted, const FieldInfo& info, Values& values) {
  if (context.event.thread == nullptr) return;
  const auto& spans = context.state.spans;
  const auto* begun = spans.beginning();
  for (const auto& span : spans.under_way()) {
    if (&span != begun && is_in(context, span, scope)) append(values, info, extract(context, span, wanted...));
  }
  if (ends(context) && begun != nullptr && is_in(context, *begun, scope)) {
    append(values, info, extract(context, *begun, wanted...));
  }
}

constexpr auto id_value = [](FieldContext&, const Span& span) { return span.id; };
constexpr auto tag_count = [](FieldContext&, const Span& span) { return span.tags.size(); };
constexpr auto argument_count = [](FieldContext&, const Span& span) { return span.arguments.size(); };
constexpr auto tag_value = [](FieldContext&, const Span& span, std::int64_t index) { return tag(span, index); };
constexpr auto argument_value = [](FieldContext&, const Span& span, const Wanted& wanted) {
  return argument(span, wanted);
};
constexpr auto time_value = [](FieldContext& context, const Span&) -> std::string_view {
  auto& text = context.scratch.text();
  append_time(text, context.event.record.timestamp, TimeStyle::time);
  return text;
};
constexpr auto raw_time = [](FieldContext& context, const Span& span) -> std::string_view {
  auto& text = context.scratch.text();
  text = std::to_string(span.time);
  return text;
};

struct InNames {
  std::string_view id, tag_count, argument_count, tags, tag, arguments, argument;
};

template <Scope scope>
constexpr std::array<Field, 7> fields_within(const InNames& names) {
  const auto plain = [](std::string_view name, T type, F format, std::string_view text, decltype(Field::bind) bind) {
    return list({{name, type, format, text}, bind});
  };
  return {
      plain(names.id, T::int64_, F::id, "Ids of the spans under way, of this scope, that the event is in.",
            read<within<scope, id_value>>),
      plain(names.tag_count, T::uint32_, F::dec, "How many tags these spans have.", read<within<scope, tag_count>>),
      plain(names.argument_count, T::uint32_, F::dec, "How many arguments these spans have.",
            read<within<scope, argument_count>>),
      plain(names.tags, T::charbuf_, F::na, "Tags of these spans, with dots between.", read<within<scope, tags_text>>),
      required_argument(plain(names.tag, T::charbuf_, F::na, "One tag of each of these spans, by its place from 0.",
                              read_with_argument<parse_index, within<scope, tag_value, std::int64_t>>)),
      plain(names.arguments, T::charbuf_, F::na, "Arguments of these spans, with commas between.",
            read<within<scope, arguments_text>>),
      required_argument(plain(names.argument, T::charbuf_, F::na,
                              "One argument of each of these spans, by its name or its place from 0.",
                              read_with_argument<parse_wanted, within<scope, argument_value, Wanted>>)),
  };
}

constexpr Field own[] = {
    {{"span.id", T::int64_, F::id, "Id of the span that the event marks by a write to /dev/null."},
     read<of<marked, id_value>>},
    {{"span.time", T::charbuf_, F::na, "Local time of day of the mark, with nanoseconds."},
     read<of<marked, time_value>>},
    {{"span.ntags", T::uint32_, F::dec, "How many tags the mark has."}, read<of<marked, tag_count>>},
    {{"span.nargs", T::uint32_, F::dec, "How many arguments the beginning of the span has."},
     read<of<beginning, argument_count>>},
    {{"span.tags", T::charbuf_, F::na, "Tags of the mark, with dots between."}, read<of<marked, tags_text>>},
    required_argument({{"span.tag", T::charbuf_, F::na, "One tag, by its place from 0, or from -1 backwards."},
                       read_with_argument<parse_index, tag_of<marked>>}),
    {{"span.args", T::charbuf_, F::na, "Arguments of the mark, with commas between."},
     read<of<marked, arguments_text>>},
    required_argument({{"span.arg", T::charbuf_, F::na, "One argument of the mark, by its name or place."},
                       read_with_argument<parse_wanted, argument_of<marked>>}),
    {{"span.enterargs", T::charbuf_, F::na, "Arguments of the mark that began the span."},
     read<of<beginning, arguments_text>>},
    required_argument({{"span.enterarg", T::charbuf_, F::na, "One argument of the mark that began the span."},
                       read_with_argument<parse_wanted, argument_of<beginning>>}),
    {{"span.duration", T::reltime_, F::dec, "Nanoseconds from the beginning of the span to its end, at its end."},
     read<duration>},
    {{"span.duration.human", T::charbuf_, F::na, "span.duration with a fitting unit, such as 10.3ms."},
     read<duration_text>},
    unlisted({{"span.duration.quantized", T::uint64_, F::dec, "The power of ten below span.duration."},
              read<duration_magnitude>}),
    unlisted(required_argument(
        {{"span.duration.fortag", T::reltime_, F::dec, "span.duration of spans whose last tag has this place."},
         read_with_argument<parse_index, duration_for_tag>})),
    unlisted({{"span.count", T::uint64_, F::dec, "1 for marks that end a span, else 0."}, read<count>}),
    unlisted(required_argument({{"span.count.fortag", T::uint64_, F::dec,
                                 "1 for marks that end a span whose last tag has this place, else 0."},
                                read_with_argument<parse_index, count_for_tag>})),
    unlisted(required_argument({{"span.childcount.fortag", T::uint64_, F::dec,
                                 "1 for marks that end a span with tags beyond this place, else 0."},
                                read_with_argument<parse_index, children_for_tag>})),
    unlisted(required_argument({{"span.idtag", T::charbuf_, F::na, "The id, and the tag of this place behind it."},
                                read_with_argument<parse_index, id_and_tag>})),
    unlisted({{"span.rawtime", T::charbuf_, F::na, "When the span began, in nanoseconds since the epoch."},
              read<of<beginning, raw_time>>}),
    unlisted({{"span.rawparenttime", T::charbuf_, F::na, "When the span around it, with one tag less, began."},
              read<parent_time>}),
};

constexpr auto in_thread =
    fields_within<Scope::thread>({"evtin.span.id", "evtin.span.ntags", "evtin.span.nargs", "evtin.span.tags",
                                  "evtin.span.tag", "evtin.span.args", "evtin.span.arg"});
constexpr auto in_process =
    fields_within<Scope::process>({"evtin.span.p.id", "evtin.span.p.ntags", "evtin.span.p.nargs", "evtin.span.p.tags",
                                   "evtin.span.p.tag", "evtin.span.p.args", "evtin.span.p.arg"});
constexpr auto in_script =
    fields_within<Scope::script>({"evtin.span.s.id", "evtin.span.s.ntags", "evtin.span.s.nargs", "evtin.span.s.tags",
                                  "evtin.span.s.tag", "evtin.span.s.args", "evtin.span.s.arg"});
constexpr auto in_machine =
    fields_within<Scope::machine>({"evtin.span.m.id", "evtin.span.m.ntags", "evtin.span.m.nargs", "evtin.span.m.tags",
                                   "evtin.span.m.tag", "evtin.span.m.args", "evtin.span.m.arg"});

}  // namespace

std::span<const Field> span_fields() { return own; }
std::span<const Field> in_thread_span_fields() { return in_thread; }
std::span<const Field> in_process_span_fields() { return in_process; }
std::span<const Field> in_script_span_fields() { return in_script; }
std::span<const Field> in_machine_span_fields() { return in_machine; }

}  // namespace tracer
