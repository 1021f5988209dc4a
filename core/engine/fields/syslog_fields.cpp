// syslog.*: messages written to /dev/log.
#include <array>
#include <charconv>

#include "params.hpp"
#include "syslog.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

constexpr std::array<std::string_view, 8> severities = {"emerg", "alert",  "crit", "err",
                                                        "warn",  "notice", "info", "debug"};

}  // namespace

std::string_view SyslogMessage::severity() const { return severities[priority & 7]; }

std::optional<SyslogMessage> syslog_message(FieldContext& context) {
  static const ParamIndex data("data");
  const auto& event = context.event;
  if (event.record.is_enter() || !(event.record.info().flags & event_flag::writes_to_fd)) return std::nullopt;
  if (!event.descriptor || event.descriptor->name.find("/dev/log") == std::string::npos) return std::nullopt;
  const auto index = data.find(event.record);
  if (!index || result(event.record).value_or(-1) < 0) return std::nullopt;
  const auto written = as_text(event.record.param(*index));
  if (written.empty()) return std::nullopt;
  SyslogMessage found;
  const auto* end = written.data() + written.size();
  const auto [stop, error] = std::from_chars(written.data() + 1, end, found.priority);
  if (error != std::errc() || stop == end || *stop != '>') return std::nullopt;
  found.text = written.substr(static_cast<std::size_t>(stop - written.data()) + 1);
  return found;
}

namespace {

constexpr std::array<std::string_view, 24> facilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog",   "lpr",      "news",
    "uucp",   "clock",  "authpriv", "ftp",    "ntp",    "logaudit", "logalert", "cron",
    "local0", "local1", "local2",   "local3", "local4", "local5",   "local6",   "local7"};

std::optional<std::uint32_t> facility(FieldContext& context) {
  const auto found = syslog_message(context);
  if (!found) return std::nullopt;
  return found->priority >> 3;
}

std::optional<std::uint32_t> severity(FieldContext& context) {
  const auto found = syslog_message(context);
  if (!found) return std::nullopt;
  return found->priority & 7;
}

std::optional<std::string_view> facility_name(FieldContext& context) {
  const auto number = facility(context);
  if (!number) return std::nullopt;
  return *number < facilities.size() ? facilities[*number] : "<NA>";
}

std::optional<std::string_view> severity_name(FieldContext& context) {
  const auto number = severity(context);
  if (!number) return std::nullopt;
  return severities[*number];
}

std::optional<std::string_view> message_text(FieldContext& context) {
  const auto found = syslog_message(context);
  if (!found) return std::nullopt;
  return found->text;
}

constexpr Field fields[] = {
    {{"syslog.facility.str", T::charbuf_, F::na, "Facility by name: kern, user, daemon, ..."}, read<facility_name>},
    {{"syslog.facility", T::uint32_, F::dec, "Facility, 0 to 23."}, read<facility>},
    {{"syslog.severity.str", T::charbuf_, F::na,
      "Severity by name: emerg, alert, crit, err, warn, notice, info, debug."},
     read<severity_name>},
    {{"syslog.severity", T::uint32_, F::dec, "Severity, 0 (emerg) to 7 (debug)."}, read<severity>},
    {{"syslog.message", T::charbuf_, F::na, "The message."}, read<message_text>},
};

}  // namespace

std::span<const Field> syslog_fields() { return fields; }

}  // namespace tracer
