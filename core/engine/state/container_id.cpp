// Which container a process is in, by where its runtime put it: the control groups' paths, or the root.
#include <algorithm>
#include <utility>

#include "container.hpp"

namespace tracer {
namespace {

constexpr std::size_t id_length = 64;
constexpr std::size_t shown_length = 12;

bool is_hexadecimal(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// What stands between the last `prefix` and the last `suffix`, if that is a container's id.
std::optional<std::string_view> id_between(std::string_view path, std::string_view prefix, std::string_view suffix) {
  auto start = path.rfind(prefix);
  const auto end = path.rfind(suffix);
  if (start == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
  start += prefix.size();
  if (end < start || end - start != id_length) return std::nullopt;
  const auto id = path.substr(start, id_length);
  if (!is_hexadecimal(id)) return std::nullopt;
  return id;
}

struct Layout {
  std::string_view type, prefix, suffix;
};

// Ids of 64 hexadecimal digits. The order is that of sysdig's engines: an id alone counts as docker's.
constexpr Layout layouts[] = {
    {"docker", "/", ""},
    {"docker", "/docker-", ".scope"},
    {"podman", "/libpod-", ".scope"},
    {"cri-o", "/crio-", ""},
    {"containerd", "/cri-containerd-", ".scope"},
    {"cri-o", "/crio-", ".scope"},
    {"containerd", ":cri-containerd:", ""},
};

// Podman without systemd's help inside puts a container below the scope of the podman that started it, or has a
// "container" group below its own.
std::optional<std::string_view> podman_id(std::string_view path) {
  constexpr std::string_view inner = "/container";
  if (path.ends_with(inner)) {
    if (const auto id = id_between(path.substr(0, path.size() - inner.size()), "/libpod-", ".scope")) return id;
  }
  const auto scope = path.find("podman-");
  if (scope == std::string_view::npos) return std::nullopt;
  return id_between(path.substr(scope), ".scope/", "");
}

std::string_view until_slash(std::string_view text) { return text.substr(0, text.find('/')); }

std::optional<std::string_view> lxc_name(std::string_view path) {
  for (const std::string_view marker : {"/lxc/", "/lxc.payload/", "/lxc.payload."}) {
    const auto at = path.find(marker);
    if (at != std::string_view::npos) return until_slash(path.substr(at + marker.size()));
  }
  return std::nullopt;
}

std::optional<std::string_view> libvirt_name(std::string_view path) {
  constexpr std::string_view ending = ".libvirt-lxc", scope = ".scope", in_scope = "-lxc\\x2", legacy = "/libvirt/lxc/";
  if (path.ends_with(ending)) {
    const auto slash = path.rfind('/');
    if (slash != std::string_view::npos) return path.substr(slash + 1, path.size() - ending.size() - slash - 1);
  }
  if (const auto at = path.find(in_scope); at != std::string_view::npos && path.ends_with(scope)) {
    const auto start = at + in_scope.size() + 1;  // after the last digit of the escaped dash
    if (start + scope.size() <= path.size()) return path.substr(start, path.size() - scope.size() - start);
  }
  if (const auto at = path.find(legacy); at != std::string_view::npos) return path.substr(at + legacy.size());
  return std::nullopt;
}

std::optional<std::string_view> bpm_name(std::string_view path) {
  constexpr std::string_view marker = "bpm-";
  const auto at = path.find(marker);
  if (at == std::string_view::npos) return std::nullopt;
  const auto name = path.substr(at + marker.size());
  const auto id = name.substr(0, name.find(".scope"));
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (id.empty() || id.find_first_not_of(allowed) != std::string_view::npos) return std::nullopt;
  return id;
}

// "/var/lib/rkt/pods/run/POD/stage1/rootfs/opt/stage2/APP/rootfs"
std::optional<std::string> rkt_name(std::string_view root) {
  constexpr std::string_view pods = "/var/lib/rkt/pods/run/", stage = "/stage1/rootfs/opt/stage2/", end = "/rootfs";
  const auto app = root.find(stage);
  if (!root.starts_with(pods) || app == std::string_view::npos) return std::nullopt;
  const auto name = root.substr(app + stage.size());
  const auto length = name.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  return std::string(root.substr(pods.size(), app - pods.size())) + ':' + std::string(name.substr(0, length));
}

// What follows is not sysdig's: containers whose runtime names their control group otherwise, or that have further
// groups below it.
struct Group {
  std::string_view type, prefix, suffix;
};

constexpr Group groups[] = {
    {"podman", "libpod-", ".scope"},
    {"podman", "libpod-", ""},
    {"docker", "docker-", ".scope"},
    {"containerd", "nerdctl-", ".scope"},
    {"containerd", "cri-containerd-", ".scope"},
    {"cri-o", "crio-", ".scope"},
    {"docker", "", ""},
};

struct TypedId {
  std::string_view type, id;
};

std::optional<TypedId> group_id(std::string_view path) {
  while (!path.empty()) {
    const auto name = path.substr(path.rfind('/') + 1);
    for (const auto& group : groups) {
      if (!name.starts_with(group.prefix) || !name.ends_with(group.suffix)) continue;
      if (name.size() != group.prefix.size() + id_length + group.suffix.size()) continue;
      const auto id = name.substr(group.prefix.size(), id_length);
      if (is_hexadecimal(id)) return TypedId{group.type, id};
    }
    path = path.substr(0, path.size() - std::min(name.size() + 1, path.size()));
  }
  return std::nullopt;
}

// Containers of containerd's default namespace may be called anything.
std::optional<std::string_view> containerd_name(std::string_view path) {
  constexpr std::string_view ahead = "/default/";
  if (!path.starts_with(ahead)) return std::nullopt;
  const auto name = until_slash(path.substr(ahead.size()));
  return name.empty() ? std::nullopt : std::optional(name);
}

// "/machine.slice/systemd-nspawn@NAME.service/payload", or "/machine.slice/machine-NAME.scope/..." where it was started
// by hand. What libvirt starts is there too.
std::optional<std::string_view> nspawn_name(std::string_view path) {
  constexpr std::string_view slice = "/machine.slice/";
  constexpr std::pair<std::string_view, std::string_view> units[] = {{"systemd-nspawn@", ".service"},
                                                                     {"machine-", ".scope"}};
  if (!path.starts_with(slice)) return std::nullopt;
  auto unit = until_slash(path.substr(slice.size()));
  for (const auto& [prefix, suffix] : units) {
    if (!unit.starts_with(prefix) || !unit.ends_with(suffix) || unit.size() <= prefix.size() + suffix.size()) continue;
    const auto name = unit.substr(prefix.size(), unit.size() - prefix.size() - suffix.size());
    if (name.starts_with("qemu\\x2d") || name.starts_with("lxc\\x2d")) return std::nullopt;
    return name;
  }
  return std::nullopt;
}

// systemd writes bytes that mean something to it as "\x2d".
std::string unescape(std::string_view name) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_escape = name.substr(i, 2) == "\\x" && i + 4 <= name.size() && is_hexadecimal(name.substr(i + 2, 2));
    text += is_escape ? static_cast<char>(digit(name[i + 2]) * 16 + digit(name[i + 3])) : name[i];
    if (is_escape) i += 3;
  }
  return text;
}

// The first answer over the paths of all control groups ("subsystem=/path", each ended by a NUL), and its path.
template <typename Find>
auto over_paths(std::string_view cgroups, Find find, std::string_view& found_in) -> decltype(find(cgroups)) {
  while (!cgroups.empty()) {
    const auto entry = cgroups.substr(0, cgroups.find('\0'));
    cgroups.remove_prefix(std::min(entry.size() + 1, cgroups.size()));
    const auto path = entry.substr(std::min(entry.find('=') + 1, entry.size()));
    if (path.size() <= 1) continue;
    found_in = path;
    if (auto found = find(path)) return found;
  }
  return std::nullopt;
}

ContainerReference numbered(std::string_view id, std::string_view type, std::string_view path) {
  const auto before = path.substr(0, static_cast<std::size_t>(id.data() - path.data()));
  ContainerReference reference;
  reference.id = id.substr(0, shown_length);
  reference.type = type;
  reference.is_type_certain = type != "docker" || !before.ends_with('/') || before.ends_with("/docker/");
  reference.full_id = id;
  reference.cgroup = path;
  return reference;
}

ContainerReference named(std::string name, std::string_view type, std::string_view path) {
  ContainerReference reference;
  reference.full_id = name;
  reference.id = std::move(name);
  reference.type = type;
  reference.is_named_by_id = true;
  reference.cgroup = path;
  return reference;
}

}  // namespace

std::optional<ContainerReference> container_of(std::string_view cgroups, std::string_view root) {
  std::string_view path;
  const auto over = [&](auto find) { return over_paths(cgroups, find, path); };
  for (const auto& layout : layouts) {
    const auto id = over([&](auto each) { return id_between(each, layout.prefix, layout.suffix); });
    if (id) return numbered(*id, layout.type, path);
  }
  if (const auto id = over(podman_id)) return numbered(*id, "podman", path);
  if (const auto name = over(lxc_name)) return named(std::string(*name), "lxc", path);
  if (const auto name = over(libvirt_name)) return named(std::string(*name), "libvirt-lxc", path);
  if (auto name = rkt_name(root)) return named(std::move(*name), "rkt", "");
  if (const auto name = over(bpm_name)) return named(std::string(*name), "bpm", path);
  if (const auto found = over(group_id)) return numbered(found->id, found->type, path);
  if (const auto name = over(containerd_name)) return named(std::string(*name), "containerd", path);
  if (const auto name = over(nspawn_name)) return named(unescape(*name), "systemd-nspawn", path);
  return std::nullopt;
}

}  // namespace tracer
