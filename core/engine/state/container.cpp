#include "container.hpp"

#include <chrono>
#include <utility>

#include "../json.hpp"

namespace tracer {
namespace {

// Containers carry their type as a number.
constexpr std::string_view type_names[] = {"docker", "lxc",        "libvirt-lxc", "mesos", "rkt",    "custom",
                                           "cri",    "containerd", "cri-o",       "bpm",   "static", "podman"};

std::string type_of(const Json& type) {
  if (const auto number = type.integer()) return std::string(container_type(static_cast<std::uint64_t>(*number)));
  return type.text().value_or("");
}

void read_mounts(const Json& mounts, std::vector<ContainerMount>& out) {
  for (const auto& mount : mounts.array()) {
    const auto text = [&](std::string_view key) { return mount[key].text().value_or(""); };
    out.push_back(
        {text("Source"), text("Destination"), text("Mode"), text("Propagation"), mount["RW"].truth().value_or(false)});
  }
}

void read_probes(const Json& container, std::vector<HealthProbe>& out) {
  constexpr std::pair<std::string_view, HealthProbeKind> kinds[] = {{"Healthcheck", HealthProbeKind::healthcheck},
                                                                    {"LivenessProbe", HealthProbeKind::liveness},
                                                                    {"ReadinessProbe", HealthProbeKind::readiness}};
  for (const auto& [key, kind] : kinds) {
    const auto exe = container[key]["exe"].text();
    if (!exe) continue;
    auto& probe = out.emplace_back(HealthProbe{kind, *exe, {}});
    for (const auto& arg : container[key]["args"].array()) {
      if (auto text = arg.text()) probe.args.push_back(std::move(*text));
    }
  }
}

template <typename Map>
void read_texts(const Json& texts, Map& out) {
  for (const auto& [key, value] : texts.object()) {
    if (auto text = value.text()) out.insert_or_assign(key, std::move(*text));
  }
}

}  // namespace

std::string_view container_type(std::uint64_t number) {
  return number < std::size(type_names) ? type_names[number] : std::string_view();
}

std::optional<Container> parse_container(std::string_view json) {
  const auto root = Json::parse(json);
  if (!root) return std::nullopt;
  const auto& told = (*root)["container"];
  const auto text = [&](std::string_view key) { return told[key].text().value_or(""); };
  Container container;
  container.id = text("id");
  if (container.id.empty()) return std::nullopt;
  container.json = json;
  container.type = told["type_name"].text().value_or(type_of(told["type"]));
  container.full_id = text("full_id");
  container.name = text("name");
  container.image = text("image");
  container.image_id = text("imageid");
  container.image_repository = text("imagerepo");
  container.image_tag = text("imagetag");
  container.image_digest = text("imagedigest");
  container.ip = text("ip");
  container.cni_json = text("cni_json");
  container.is_privileged = told["privileged"].truth();
  container.has_host_pid = told["host_pid"].truth();
  container.has_host_network = told["host_network"].truth();
  container.has_host_ipc = told["host_ipc"].truth();
  container.created_time = told["created_time"].integer().value_or(0);
  read_mounts(told["Mounts"], container.mounts);
  read_probes(told, container.probes);
  container.has_labels = told.object().contains("labels");
  container.sandbox_id = text("pod_sandbox_id");
  read_texts(told["labels"], container.labels);
  read_texts(told["pod_sandbox_labels"], container.pod_labels);
  read_texts(told["fields"], container.fields);
  return container;
}

const Container* ContainerTable::find(std::string_view id) const {
  const auto at = containers_.find(std::string(id));
  return at == containers_.end() ? nullptr : &at->second;
}

void ContainerTable::set(Container container) {
  if (containers_.size() >= max_size && !containers_.contains(container.id)) return;
  auto id = container.id;
  containers_.insert_or_assign(std::move(id), std::move(container));
}

void ContainerTable::notice(const ContainerReference& reference) {
  if (containers_.size() >= max_size || containers_.contains(reference.id)) return;
  Container container;
  container.id = reference.id;
  if (reference.is_type_certain) container.type = reference.type;
  if (reference.is_named_by_id) container.name = reference.id;
  containers_.emplace(reference.id, std::move(container));
  noticed_.push_back(reference.id);
  if (watcher_) watcher_->put(reference);
}

std::vector<std::string> ContainerTable::take_noticed() { return std::exchange(noticed_, {}); }

void NoticedContainers::put(const ContainerReference& reference) {
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_ || waiting_.size() >= max_size) return;
    waiting_.push_back(reference);
  }
  changed_.notify_one();
}

std::optional<ContainerReference> NoticedContainers::take(int timeout_ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [this] { return is_closed_ || !waiting_.empty(); });
  if (is_closed_ || waiting_.empty()) return std::nullopt;
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  return next;
}

void NoticedContainers::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace tracer
