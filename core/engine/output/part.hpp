// The fields of a format, ready to be written.
#pragma once
#include <memory>
#include <string>

#include "render.hpp"

namespace tracer {

class Part {
 public:
  virtual ~Part() = default;
  // Append the field's text, or its JSON. False, with nothing appended, where the event has none.
  virtual bool write_text(std::string& out, FieldContext& context) = 0;
  virtual bool write_json(std::string& out, FieldContext& context) = 0;
  // Writes the field's text, where it has one of at most `longest_short` bytes, to `at`, and returns its end; null
  // where it has not, or only `write_text` can tell.
  virtual char* write_short(char*, FieldContext&) { return nullptr; }
  static constexpr std::size_t longest_short = 64;
  // Takes note of an event that is not written, for fields that tell of the one before.
  virtual void pass_over(FieldContext&) {}
};

// The part for a field. Throws std::invalid_argument with a message for the user.
std::unique_ptr<Part> make_part(const FieldText& field, const RenderOptions& options);

}  // namespace tracer
