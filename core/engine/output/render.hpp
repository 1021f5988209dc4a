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

struct RenderOptions {
  DataFormat data = DataFormat::dotted;
  bool escape_control = false;  // output goes to a terminal: show control characters of traced text escaped
};

// Appends one event parameter as it stands in `evt.args`, without its name: "3(<f>/etc/passwd)", "O_RDONLY", ...
void render_param(std::string& out, FieldContext& context, std::size_t index, const RenderOptions& options);
// Appends what `evt.arg` shows of a parameter: only the text in the brackets where render_param adds such to a value
// ("<f>/etc/passwd", "ENOENT"), else the same as render_param.
void render_resolved_param(std::string& out, FieldContext& context, std::size_t index, const RenderOptions& options);
// Appends a field's value as a format string prints it.
void render_value(std::string& out, const Value& value, const RenderOptions& options);

}  // namespace tracer
