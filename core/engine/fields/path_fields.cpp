// fs.path.*, evt.abspath: paths that calls are given, whether or not they open them.
#include <array>
#include <stdexcept>

#include "descriptors.hpp"
#include "params.hpp"
#include "paths.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

// Which parameters of an exit event are paths, by name. "fd" in place of a path: the name of the descriptor.
struct PathParams {
  std::uint16_t code;
  std::string_view path;
  std::string_view source;
  std::string_view target;
  bool in_enter = false;  // the paths are in the enter event
};

constexpr PathParams path_params[] = {
    {code::SYSCALL_OPEN_X, "name", "", ""},
    {code::SYSCALL_OPENAT_2_X, "name", "", ""},
    {code::SYSCALL_OPENAT2_X, "name", "", ""},
    {code::SYSCALL_MKDIR_2_X, "path", "", ""},
    {code::SYSCALL_MKDIRAT_X, "path", "", ""},
    {code::SYSCALL_RMDIR_2_X, "path", "", ""},
    {code::SYSCALL_UNLINK_2_X, "path", "", ""},
    {code::SYSCALL_UNLINKAT_2_X, "name", "", ""},
    {code::SYSCALL_CHMOD_X, "filename", "", ""},
    {code::SYSCALL_FCHMODAT_X, "filename", "", ""},
    {code::SYSCALL_FCHMOD_X, "fd", "", ""},
    {code::SYSCALL_CHOWN_X, "path", "", ""},
    {code::SYSCALL_LCHOWN_X, "path", "", ""},
    {code::SYSCALL_FCHOWNAT_X, "pathname", "", ""},
    {code::SYSCALL_FCHOWN_X, "fd", "", ""},
    {code::SYSCALL_QUOTACTL_X, "special", "", ""},
    {code::SYSCALL_UMOUNT_1_X, "name", "", ""},
    {code::SYSCALL_UMOUNT2_X, "name", "", ""},
    {code::SYSCALL_RENAME_X, "", "oldpath", "newpath"},
    {code::SYSCALL_RENAMEAT_X, "", "oldpath", "newpath"},
    {code::SYSCALL_RENAMEAT2_X, "", "oldpath", "newpath"},
    {code::SYSCALL_LINK_2_X, "", "newpath", "oldpath"},
    {code::SYSCALL_LINKAT_2_X, "", "newpath", "oldpath"},
    {code::SYSCALL_SYMLINK_X, "", "linkpath", "target"},
    {code::SYSCALL_SYMLINKAT_X, "", "linkpath", "target"},
    {code::SYSCALL_MOUNT_X, "", "dev", "dir"},
    {code::SYSCALL_OPENAT_X, "name", "", "", true},
    {code::SYSCALL_MKDIR_X, "path", "", "", true},
    {code::SYSCALL_RMDIR_X, "path", "", "", true},
    {code::SYSCALL_UNLINK_X, "path", "", "", true},
    {code::SYSCALL_UNLINKAT_X, "name", "", "", true},
    {code::SYSCALL_LINK_X, "", "newpath", "oldpath", true},
    {code::SYSCALL_LINKAT_X, "", "newpath", "oldpath", true},
    {code::SYSCALL_UMOUNT_X, "name", "", ""},
};

// The descriptor that the path in parameter `index` starts from; the working directory where there is none.
std::int64_t start_descriptor(const Record& record, std::size_t index) {
  constexpr std::int64_t at_working_directory = -100;
  const auto params = record.info().params;
  auto at = params[index].dirfd_param;
  // Older types do not say it, but have it in front of the path.
  if (at < 0 && index > 0 && params[index - 1].type == ParamType::fd_) at = static_cast<std::int8_t>(index - 1);
  if (at < 0 || !record.has_param(static_cast<std::size_t>(at))) return at_working_directory;
  return record.value<std::int64_t>(static_cast<std::size_t>(at));
}

// Calls that make a descriptor show their path even where they fail.
bool counts(const Record& record) {
  return (record.info().flags & event_flag::creates_fd) || result(record).value_or(-1) == 0;
}

template <auto role, bool is_raw>
std::optional<std::string_view> path(FieldContext& context) {
  const auto& record = context.event.record;
  for (const auto& params : path_params) {
    if (params.code != record.type) continue;
    const auto name = params.*role;
    if (name.empty() || !counts(record) || !context.event.thread) return std::nullopt;
    if (name == "fd") {
      const auto* descriptor = descriptor_of(context);
      if (!descriptor) return std::nullopt;
      return descriptor->name;
    }
    const auto* const told = params.in_enter ? context.event.enter : &record;
    if (told == nullptr) return std::nullopt;
    for (std::size_t index = 0; index < told->param_count; ++index) {
      if (told->info().params[index].name != name) continue;
      if (is_raw) return told->text(index);
      return absolute_path(context, told->text(index), start_descriptor(*told, index));
    }
  }
  return std::nullopt;
}

enum class Which : std::uint8_t { first, source, destination };

Which parse_which(const FieldInfo& info, std::optional<std::string_view> argument) {
  if (!argument) return Which::first;
  if (*argument == "src") return Which::source;
  if (*argument == "dst") return Which::destination;
  throw std::invalid_argument(std::string(info.name) + "." + std::string(*argument) + ": there are " +
                              std::string(info.name) + ".src and " + std::string(info.name) + ".dst");
}

struct PathPair {
  std::string_view directory;
  std::string_view path;
};

// The parameters of *at calls that name a directory's descriptor and a path from it.
PathPair pair_of(std::uint16_t type, Which which) {
  switch (type) {
    case code::SYSCALL_RENAMEAT_X:
    case code::SYSCALL_RENAMEAT2_X:
      return which == Which::destination ? PathPair{"newdirfd", "newpath"} : PathPair{"olddirfd", "oldpath"};
    case code::SYSCALL_LINKAT_E:
    case code::SYSCALL_LINKAT_2_X:
      return which == Which::destination ? PathPair{"newdir", "newpath"} : PathPair{"olddir", "oldpath"};
    case code::SYSCALL_SYMLINKAT_X:
      return {"linkdirfd", "linkpath"};
    case code::SYSCALL_OPENAT_E:
    case code::SYSCALL_OPENAT_2_X:
    case code::SYSCALL_OPENAT2_X:
    case code::SYSCALL_UNLINKAT_E:
    case code::SYSCALL_UNLINKAT_2_X:
      return {"dirfd", "name"};
    case code::SYSCALL_MKDIRAT_X:
      return {"dirfd", "path"};
    case code::SYSCALL_FCHMODAT_X:
      return {"dirfd", "filename"};
    default:
      return {};
  }
}

std::optional<std::string_view> absolute(FieldContext& context, Which which) {
  const auto& record = context.event.record;
  const auto pair = pair_of(record.type, which);
  if (pair.path.empty() || !context.event.thread) return std::nullopt;
  std::optional<std::size_t> directory;
  std::optional<std::size_t> file;
  for (std::size_t index = 0; index < record.param_count; ++index) {
    const auto name = record.info().params[index].name;
    if (name == pair.directory) directory = index;
    if (name == pair.path) file = index;
  }
  if (!directory || !file) return std::nullopt;
  return absolute_path(context, record.text(*file), record.value<std::int64_t>(*directory));
}

constexpr Field fields[] = {
    {{"fs.path.name", T::charbuf_, F::na, "Path that the call works on, made absolute."},
     read<path<&PathParams::path, false>>},
    {{"fs.path.nameraw", T::charbuf_, F::na, "Path that the call works on, as given."},
     read<path<&PathParams::path, true>>},
    {{"fs.path.source", T::charbuf_, F::na, "First path of calls with two, such as rename, made absolute."},
     read<path<&PathParams::source, false>>},
    {{"fs.path.sourceraw", T::charbuf_, F::na, "First path of calls with two, as given."},
     read<path<&PathParams::source, true>>},
    {{"fs.path.target", T::charbuf_, F::na, "Second path of calls with two, made absolute."},
     read<path<&PathParams::target, false>>},
    {{"fs.path.targetraw", T::charbuf_, F::na, "Second path of calls with two, as given."},
     read<path<&PathParams::target, true>>},
    optional_argument({{"evt.abspath", T::charbuf_, F::na,
                        "Absolute path of calls such as openat; evt.abspath.src and .dst of those with two paths."},
                       read_with_argument<parse_which, path_value<absolute, Which>>}),
};

}  // namespace

std::span<const Field> path_fields() { return fields; }

}  // namespace tracer
