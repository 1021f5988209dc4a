// Paths in event parameters, as the process meant them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "registry.hpp"

namespace tracer {

// `path` made absolute: from the descriptor `dirfd`, or the working directory. Lives in the scratch.
std::string_view absolute_path(FieldContext& context, std::string_view path, std::int64_t dirfd);

// The path that a failed open, accept or connect was about; empty for other exit events, nothing for enter events.
std::optional<std::string_view> name_from_parameters(FieldContext& context);

// The part before the last '/', and the part after it, as fd.directory and fd.filename show them.
std::string_view directory_part(std::string_view path);
std::string_view file_part(std::string_view path);

}  // namespace tracer
