// Which container a process is in, by where its runtime put it: the control groups' paths, or the root.
#include <algorithm>

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
  return id.substr(0, shown_length);
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

// The first answer over the paths of all control groups ("subsystem=/path", each ended by a NUL).
template <typename Find>
auto over_paths(std::string_view cgroups, Find find) -> decltype(find(cgroups)) {
  while (!cgroups.empty()) {
    const auto entry = cgroups.substr(0, cgroups.find('\0'));
    cgroups.remove_prefix(std::min(entry.size() + 1, cgroups.size()));
    const auto path = entry.substr(std::min(entry.find('=') + 1, entry.size()));
    if (path.size() <= 1) continue;
    if (auto found = find(path)) return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ContainerReference> container_of(std::string_view cgroups, std::string_view root) {
  for (const auto& layout : layouts) {
    const auto id = over_paths(cgroups, [&](auto path) { return id_between(path, layout.prefix, layout.suffix); });
    if (id) return ContainerReference{std::string(*id), layout.type, false};
  }
  if (const auto id = over_paths(cgroups, podman_id)) return ContainerReference{std::string(*id), "podman", false};
  if (const auto name = over_paths(cgroups, lxc_name)) return ContainerReference{std::string(*name), "lxc", true};
  if (const auto name = over_paths(cgroups, libvirt_name)) {
    return ContainerReference{std::string(*name), "libvirt-lxc", true};
  }
  if (auto name = rkt_name(root)) return ContainerReference{std::move(*name), "rkt", true};
  if (const auto name = over_paths(cgroups, bpm_name)) return ContainerReference{std::string(*name), "bpm", true};
  return std::nullopt;
}

}  // namespace tracer
