// Turns an event into one piece of output: a line by a format string, or a JSON object.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "render.hpp"

namespace tracer {

// For one run at a time: what a format shows may depend on what it showed before.
class Format {
 public:
  virtual ~Format() = default;
  // Appends the event's text, newline included. Returns false, with nothing appended, where the event lacks a
  // field that the format demands (no leading '*').
  virtual bool write(std::string& out, FieldContext& context) const = 0;
};

// `format` in sysdig's language: text, %field, %<width>field, %field[arg], a leading '*' for lines with missing
// fields, \n \t \e \\. Throws std::invalid_argument with a message for the user.
std::unique_ptr<Format> line_format(std::string_view format, const RenderOptions& options);
// sysdig's -j: one object a line, keys as the format's fields.
std::unique_ptr<Format> json_format(std::string_view format, const RenderOptions& options);

}  // namespace tracer
