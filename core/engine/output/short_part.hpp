// Fields that nearly every line shows, written straight from the event.
#pragma once
#include "part.hpp"

namespace tracer {

// The part for one of these fields; null for any other.
std::unique_ptr<Part> make_short_part(std::string_view name, const RenderOptions& options);

}  // namespace tracer
