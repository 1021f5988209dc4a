// A format string taken apart.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "part.hpp"

namespace tracer {

struct Step {
  std::string literal;         // text, where there is no part
  std::unique_ptr<Part> part;  // a field
  std::string name;            // of the field, as written
  std::size_t width = 0;       // cut or filled up to this; 0 = as it is
};

struct Template {
  std::vector<Step> steps;
  bool demands_all = true;  // no line for an event that lacks a field
};

// Throws std::invalid_argument with a message for the user.
Template parse_template(std::string_view format, const RenderOptions& options);

}  // namespace tracer
