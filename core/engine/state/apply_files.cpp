// Files are opened; working directories and roots change.
#include "apply.hpp"
#include "path.hpp"

namespace tracer {
namespace {

// What an open event says, from whichever of its two events says it.
struct OpenEvent {
  std::string_view name;
  std::int64_t dirfd = at_fdcwd;
  std::uint32_t flags = 0;
  std::uint32_t device = 0;
  std::uint64_t inode = 0;
};

// Parameters of the exit event; -1: not there.
struct OpenShape {
  int name, dirfd, flags, device, inode;
};

OpenShape shape_of(std::uint16_t type) {
  switch (type) {
    case code::SYSCALL_OPEN_X:
      return {1, -1, 2, 4, 5};
    case code::SYSCALL_CREAT_X:
      return {1, -1, -1, 3, 4};
    case code::SYSCALL_OPENAT_X:
      return {-1, -1, -1, -1, -1};
    case code::SYSCALL_OPENAT2_X:
      return {2, 1, 3, 6, 7};
    case code::SYSCALL_OPEN_BY_HANDLE_AT_X:
      return {3, -1, 2, 4, 5};
    default:
      return {2, 1, 3, 5, 6};
  }
}

template <typename T>
T value_at(const Record& record, int index, T otherwise) {
  return index < 0 || record.param(index).empty() ? otherwise : record.value<T>(index);
}

// The probe adds what it finds out about the file to the flags of the exit event.
constexpr std::uint32_t found_flags = ~(flags::file_flags::O_F_CREATED_ - 1);

// The name the kernel was given, at the start of the call, counts: the program may change its memory meanwhile.
bool is_readable(std::string_view name) { return !name.empty() && name != "(NULL)" && name != "<NA>"; }

bool read_open(Update& update, OpenEvent& open) {
  const auto& record = update.record;
  const auto shape = shape_of(record.type);
  if (shape.name >= 0) open.name = record.text(shape.name);
  open.dirfd = value_at(record, shape.dirfd, at_fdcwd);
  open.flags = value_at(record, shape.flags, 0u);
  open.device = value_at(record, shape.device, 0u);
  open.inode = value_at(record, shape.inode, std::uint64_t{0});
  if (update.enter == nullptr) return shape.name >= 0;

  const auto& enter = *update.enter;
  const bool has_dirfd = record.type != code::SYSCALL_OPEN_X && record.type != code::SYSCALL_CREAT_X;
  const auto name = enter.text(has_dirfd ? 1 : 0);
  if (shape.name >= 0 && !is_readable(name)) return true;
  open.name = name;
  if (has_dirfd) open.dirfd = enter.value<std::int64_t>(0);
  if (record.type != code::SYSCALL_CREAT_X) {
    open.flags = enter.value<std::uint32_t>(has_dirfd ? 2 : 1) | (open.flags & found_flags);
  }
  return true;
}

void apply_open(Update& update) {
  if (update.thread == nullptr || update.result() < 0) return;
  OpenEvent open;
  if (!read_open(update, open)) return;
  if (update.record.type == code::SYSCALL_CREAT_X) {
    const auto layers = update.record.value<std::uint16_t>(5);
    if (layers & flags::creat_flags::FD_UPPER_LAYER_CREAT_) open.flags |= flags::file_flags::FD_UPPER_LAYER_;
    if (layers & flags::creat_flags::FD_LOWER_LAYER_CREAT_) open.flags |= flags::file_flags::FD_LOWER_LAYER_;
  }
  Descriptor descriptor;
  descriptor.type = open.flags & flags::file_flags::O_DIRECTORY_ ? DescriptorType::directory : DescriptorType::file_v2;
  descriptor.open_flags = open.flags;
  descriptor.device = open.device;
  descriptor.inode = open.inode;
  descriptor.is_upper_layer = open.flags & flags::file_flags::FD_UPPER_LAYER_;
  descriptor.is_lower_layer = open.flags & flags::file_flags::FD_LOWER_LAYER_;
  descriptor.name_raw = open.name;
  // The kernel resolved the path of open_by_handle_at itself.
  const bool is_resolved = update.record.type == code::SYSCALL_OPEN_BY_HANDLE_AT_X;
  descriptor.name = join_path(is_resolved ? std::string() : update.start_of(open.name, open.dirfd), open.name);
  update.open(update.result(), std::move(descriptor));
}

void apply_chdir(Update& update) {
  if (update.thread != nullptr && update.result() >= 0) update.change_directory(update.record.text(1));
}

void apply_fchdir(Update& update) {
  if (update.event.descriptor != nullptr && update.result() >= 0) {
    update.change_directory(update.event.descriptor->name);
  }
}

void apply_chroot(Update& update) {
  if (update.thread == nullptr || update.result() != 0) return;
  const auto path = update.record.text(1);
  update.thread->root = join_path(update.start_of(path, at_fdcwd), path);
}

constexpr Handler handlers[] = {
    {code::SYSCALL_OPEN_X, apply_open, true},    {code::SYSCALL_CREAT_X, apply_open, true},
    {code::SYSCALL_OPENAT_X, apply_open, true},  {code::SYSCALL_OPENAT_2_X, apply_open, true},
    {code::SYSCALL_OPENAT2_X, apply_open, true}, {code::SYSCALL_OPEN_BY_HANDLE_AT_X, apply_open},
    {code::SYSCALL_CHDIR_X, apply_chdir},        {code::SYSCALL_FCHDIR_X, apply_fchdir},
    {code::SYSCALL_GETCWD_X, apply_chdir},       {code::SYSCALL_CHROOT_X, apply_chroot},
};

}  // namespace

std::span<const Handler> file_handlers() { return handlers; }

}  // namespace tracer
