#include "paths.hpp"

#include "../output/render.hpp"
#include "../state/path.hpp"
#include "lineage.hpp"

namespace tracer {

namespace {

constexpr std::int64_t at_working_directory = -100;

// Where a relative path starts, with a final '/'.
std::string start_of(FieldContext& context, std::int64_t dirfd) {
  auto* thread = context.event.thread;
  if (!thread) return "<UNKNOWN>";
  if (dirfd == at_working_directory) return context.state.threads.working_directory(*thread);
  const auto* directory = context.state.threads.descriptors(*thread).find(dirfd);
  return directory ? directory->name + '/' : "<UNKNOWN>";
}

}  // namespace

std::string_view absolute_path(FieldContext& context, std::string_view path, std::int64_t dirfd) {
  auto& text = context.scratch.text();
  text = join_path(path.starts_with('/') ? std::string() : start_of(context, dirfd), path);
  return text;
}

std::optional<std::string_view> name_from_parameters(FieldContext& context) {
  static const RenderOptions options;
  const auto& record = context.event.record;
  if (record.is_enter()) return std::nullopt;
  switch (record.type) {
    case code::SYSCALL_OPEN_X:
    case code::SYSCALL_CREAT_X:
    case code::SOCKET_ACCEPT_X:
    case code::SOCKET_ACCEPT_5_X:
    case code::SOCKET_ACCEPT4_X:
    case code::SOCKET_ACCEPT4_5_X:
    case code::SOCKET_ACCEPT4_6_X:
    case code::SOCKET_CONNECT_X: {
      if (!record.has_param(1)) return std::nullopt;
      auto& text = context.scratch.text();
      render_resolved_param(text, context, 1, options);
      return text;
    }
    case code::SYSCALL_OPENAT_2_X:
    case code::SYSCALL_OPENAT2_X:
      return absolute_path(context, record.text(2), record.value<std::int64_t>(1));
    default:
      return "";
  }
}

std::string_view directory_part(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return "/";
  return slash + 1 < path.size() ? path.substr(0, slash) : path;
}

std::string_view file_part(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return "/";
  return slash + 1 < path.size() ? path.substr(slash + 1) : path;
}

}  // namespace tracer
