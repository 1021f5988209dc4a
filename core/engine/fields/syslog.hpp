// Messages to the system's log.
#pragma once
#include <optional>

#include "field.hpp"

namespace tracer {

struct SyslogMessage {
  std::uint32_t priority = 0;
  std::string_view text;

  std::string_view severity() const;  // by name
};

// "<PRIORITY>text" of a write to /dev/log that succeeded.
std::optional<SyslogMessage> syslog_message(FieldContext& context);

}  // namespace tracer
