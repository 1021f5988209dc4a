// Text of parameters and field values, as sysdig prints them.
#pragma once
#include <cstdint>
#include <string>

#include "../fields/field.hpp"

namespace tracer {

// How data buffers (read, write, send, ...) print.
enum class DataFormat : std::uint8_t {
  dotted,     // default: printable characters, '.' for the rest
  printable,  // -A: printable characters and newlines only
  hex,        // -x
  hex_ascii,  // -X: hexdump with an ASCII column
  base64,     // -b
};

// What `evt.outputtime` shows: -t.
enum class TimeFormat : std::uint8_t {
  hour,      // h: local time of day
  absolute,  // a: seconds since the epoch
  relative,  // r: seconds since the first event
  latency,   // d: seconds from a call's enter event to its exit
  delta,     // D: seconds since the event printed before
};

struct RenderOptions {
  DataFormat data = DataFormat::dotted;
  std::uint32_t data_limit = 80;  // characters of a dotted data buffer; 0 = all (-v)
  bool escape_control = false;    // output goes to a terminal: show control characters of traced text escaped
  TimeFormat time = TimeFormat::hour;
};

// Appends one event parameter as it stands in `evt.args`, without its name: "3(<f>/etc/passwd)", "1(O_RDONLY)", ...
void render_param(std::string& out, FieldContext& context, std::size_t index, const RenderOptions& options);
// Appends what `evt.arg` shows of a parameter: only the text in the brackets where render_param adds such to a value
// ("<f>/etc/passwd", "ENOENT"), else the same as render_param.
void render_resolved_param(std::string& out, FieldContext& context, std::size_t index, const RenderOptions& options);
// Appends all parameters as `evt.args` does: "name=value " for each.
void render_args(std::string& out, FieldContext& context, const RenderOptions& options);
// Appends a data buffer in the style of the options.
void render_data(std::string& out, Bytes data, const RenderOptions& options);

// Appends a field's value as a format string prints it.
void render_value(std::string& out, const Value& value, const RenderOptions& options);
// Appends a field's value as JSON.
void render_value_json(std::string& out, const Value& value, const RenderOptions& options);

}  // namespace tracer
