// evt.*: when the event happened, and its number.
#include <cmath>

#include "registry.hpp"
#include "text.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

constexpr std::uint64_t second = 1'000'000'000;

template <TimeStyle style>
std::string_view time_text(FieldContext& context) {
  auto& text = context.scratch.text();
  append_time(text, context.event.record.timestamp, style);
  return text;
}

std::uint64_t timestamp(FieldContext& context) { return context.event.record.timestamp; }

std::uint64_t since_start(FieldContext& context) {
  return context.event.record.timestamp - context.state.first_timestamp;
}

// Time since the event that the same reader read before: between the events shown, where a filter is set.
class Delta {
 public:
  std::uint64_t next(std::uint64_t now) {
    const auto delta = last_ == 0 ? 0 : now - last_;
    last_ = now;
    return delta;
  }

 private:
  std::uint64_t last_ = 0;
};

template <std::uint64_t (*part)(std::uint64_t)>
class DeltaReader final : public FieldReader {
 public:
  void read(FieldContext& context, Values& values) const override {
    append(values, *info, part(delta_.next(timestamp(context))));
  }

 private:
  mutable Delta delta_;
};

std::uint64_t whole(std::uint64_t nanoseconds) { return nanoseconds; }
std::uint64_t seconds_part(std::uint64_t nanoseconds) { return nanoseconds / second; }
std::uint64_t nanoseconds_part(std::uint64_t nanoseconds) { return nanoseconds % second; }

// The distance in milliseconds, rounded up, between the event and the timestamp given.
std::uint64_t distance_ms(FieldContext& context, std::int64_t centre) {
  const auto now = timestamp(context);
  const auto other = static_cast<std::uint64_t>(centre);
  return ((now > other ? now - other : other - now) + 999'999) / 1'000'000;
}

std::int64_t parse_timestamp(const FieldInfo& info, std::optional<std::string_view> argument) {
  return parse_number(info, *argument, 0);
}

// Latency is the thread's: a switch event right after a call still has the call's.
bool has_latency(FieldContext& context) {
  return !context.event.thread || !(context.event.record.info().categories & category::internal);
}

template <std::uint64_t (*part)(std::uint64_t)>
std::optional<std::uint64_t> latency(FieldContext& context) {
  if (!has_latency(context)) return std::nullopt;
  return context.event.thread ? part(context.event.thread->last_latency) : 0;
}

std::optional<std::string_view> latency_text(FieldContext& context) {
  if (!has_latency(context)) return std::nullopt;
  auto& text = context.scratch.text();
  append_duration(text, context.event.thread ? context.event.thread->last_latency : 0);
  return text;
}

std::optional<std::uint64_t> latency_magnitude(FieldContext& context) {
  const auto nanoseconds = latency<whole>(context);
  if (!nanoseconds || *nanoseconds == 0) return std::nullopt;
  return static_cast<std::uint64_t>(std::log10(static_cast<double>(*nanoseconds)));
}

std::optional<std::uint64_t> wait_latency(FieldContext& context) {
  const auto& record = context.event.record;
  if (record.is_enter() || !(record.info().flags & event_flag::waits)) return std::nullopt;
  return context.event.thread ? context.event.thread->last_latency : 0;
}

constexpr Field fields[] = {
    {{"evt.num", T::uint64_, F::id, "Number of the event, counted from 1 over the whole stream."},
     read<[](FieldContext& context) { return context.event.number; }>},
    {{"evt.time", T::charbuf_, F::na, "Local time of day, with nanoseconds."}, read<time_text<TimeStyle::time>>},
    {{"evt.time.s", T::charbuf_, F::na, "Local time of day, in whole seconds."}, read<time_text<TimeStyle::time_s>>},
    {{"evt.time.iso8601", T::charbuf_, F::na, "Date and time in UTC as ISO 8601 writes them, with nanoseconds."},
     read<time_text<TimeStyle::iso8601>>},
    {{"evt.datetime", T::charbuf_, F::na, "Local date and time, with nanoseconds."},
     read<time_text<TimeStyle::datetime>>},
    {{"evt.datetime.s", T::charbuf_, F::na, "Local date and time, in whole seconds."},
     read<time_text<TimeStyle::datetime_s>>},
    {{"evt.rawtime", T::abstime_, F::dec, "Nanoseconds since the epoch."}, read<timestamp>},
    {{"evt.rawtime.s", T::abstime_, F::dec, "Whole seconds since the epoch."},
     read<[](FieldContext& context) { return seconds_part(timestamp(context)); }>},
    {{"evt.rawtime.ns", T::abstime_, F::padded_dec, "Nanoseconds past the whole second of evt.rawtime.s."},
     read<[](FieldContext& context) { return nanoseconds_part(timestamp(context)); }>},
    {{"evt.reltime", T::reltime_, F::padded_dec, "Nanoseconds since the first event of the stream."},
     read<since_start>},
    {{"evt.reltime.s", T::reltime_, F::dec, "Whole seconds since the first event of the stream."},
     read<[](FieldContext& context) { return seconds_part(since_start(context)); }>},
    {{"evt.reltime.ns", T::reltime_, F::padded_dec, "Nanoseconds past the whole second of evt.reltime.s."},
     read<[](FieldContext& context) { return nanoseconds_part(since_start(context)); }>},
    {{"evt.latency", T::reltime_, F::dec, "Nanoseconds from the enter event to its exit event."}, read<latency<whole>>},
    {{"evt.latency.s", T::reltime_, F::dec, "Whole seconds of evt.latency."}, read<latency<seconds_part>>},
    {{"evt.latency.ns", T::reltime_, F::padded_dec, "Nanoseconds of evt.latency past its whole seconds."},
     read<latency<nanoseconds_part>>},
    {{"evt.latency.human", T::charbuf_, F::na, "evt.latency with a fitting unit, such as 10.32ms."},
     read<latency_text>},
    unlisted({{"evt.latency.quantized", T::uint64_, F::dec, "The power of ten below evt.latency."},
              read<latency_magnitude>}),
    keeps_history({{"evt.deltatime", T::reltime_, F::dec, "Nanoseconds since the event shown before this one."},
                   read_as<DeltaReader<whole>>}),
    keeps_history({{"evt.deltatime.s", T::reltime_, F::dec, "Whole seconds of evt.deltatime."},
                   read_as<DeltaReader<seconds_part>>}),
    keeps_history(
        {{"evt.deltatime.ns", T::reltime_, F::padded_dec, "Nanoseconds of evt.deltatime past its whole seconds."},
         read_as<DeltaReader<nanoseconds_part>>}),
    unlisted({{"evt.outputtime", T::charbuf_, F::na, "The time as option -t asks for it."},
              read<time_text<TimeStyle::time>>}),
    {{"evt.wait_latency", T::reltime_, F::dec, "Nanoseconds that a call made to wait (sleep, poll, ...) took."},
     read<wait_latency>},
    filter_only(required_argument({{"evt.around", T::uint64_, F::dec,
                                    "evt.around[T]=D holds within D milliseconds of the time T (as evt.rawtime)."},
                                   read_with_argument<parse_timestamp, distance_ms>})),
};

}  // namespace

std::span<const Field> time_fields() { return fields; }

}  // namespace tracer
