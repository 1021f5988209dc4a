// container.*, k8s.*: the container that the thread is in. Its id is the engine's to find; what else there is to say
// comes from container events, or from whoever provides it.
#include <fnmatch.h>

#include "lineage.hpp"
#include "text.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

using Text = std::optional<std::string_view>;

const Container* container(FieldContext& context) {
  if (!context.event.thread || context.event.thread->container_id.empty()) return nullptr;
  return context.state.containers.find(context.event.thread->container_id);
}

bool is_on_host(FieldContext& context) {
  return context.event.thread != nullptr && context.event.thread->container_id.empty();
}

Text unless_empty(std::string_view text) { return text.empty() ? Text() : text; }

template <auto member>
Text member_text(FieldContext& context) {
  const auto* found = container(context);
  return found == nullptr ? Text() : unless_empty(found->*member);
}

template <auto member>
std::optional<bool> member_flag(FieldContext& context) {
  const auto* found = container(context);
  return found == nullptr ? std::nullopt : found->*member;
}

Text id(FieldContext& context) {
  if (!context.event.thread) return std::nullopt;
  return is_on_host(context) ? "host" : std::string_view(context.event.thread->container_id);
}

template <auto member>
Text member_or_host(FieldContext& context) {
  return is_on_host(context) ? Text("host") : member_text<member>(context);
}

Text full_id(FieldContext& context) { return member_or_host<&Container::full_id>(context); }

// Values that only a provider knows, by the names of their fields.
template <bool has_argument>
class ProvidedReader final : public FieldReader {
 public:
  ProvidedReader(const FieldInfo& field, std::optional<std::string_view> text) : key_(field.name) {
    if (has_argument) key_.append(".").append(text.value_or(""));
  }
  void read(FieldContext& context, Values& values) const override {
    const auto* found = container(context);
    if (found == nullptr) return;
    if (const auto at = found->fields.find(key_); at != found->fields.end()) append(values, *info, at->second);
  }

 private:
  std::string key_;
};

std::string& append_mount(std::string& text, const ContainerMount& mount) {
  text.append(mount.source).append(":").append(mount.destination).append(":").append(mount.mode);
  return text.append(mount.is_writable ? ":true:" : ":false:").append(mount.propagation);
}

Text mounts(FieldContext& context) {
  const auto* found = container(context);
  if (found == nullptr) return std::nullopt;
  auto& text = context.scratch.text();
  for (const auto& mount : found->mounts) {
    if (!text.empty()) text += ',';
    append_mount(text, mount);
  }
  return text;
}

// A mount by its position, or by a pattern for one of its ends.
std::string parse_pattern(const FieldInfo&, std::optional<std::string_view> argument) {
  return std::string(argument.value_or(""));
}

template <auto end>
const ContainerMount* find_mount(FieldContext& context, const std::string& pattern) {
  const auto* found = container(context);
  if (found == nullptr) return nullptr;
  const bool is_position = !pattern.empty() && pattern.find_first_not_of("0123456789") == std::string::npos;
  std::size_t position = 0;
  for (const auto& mount : found->mounts) {
    const bool is_it = is_position ? std::to_string(position++) == pattern
                                   : ::fnmatch(pattern.c_str(), (mount.*end).c_str(), FNM_EXTMATCH) == 0;
    if (is_it) return &mount;
  }
  return nullptr;
}

template <auto end, auto member>
Text mount_part(FieldContext& context, const std::string& pattern) {
  const auto* mount = find_mount<end>(context, pattern);
  return mount == nullptr ? Text() : mount->*member;
}

Text mount_whole(FieldContext& context, const std::string& pattern) {
  const auto* mount = find_mount<&ContainerMount::source>(context, pattern);
  return mount == nullptr ? Text() : append_mount(context.scratch.text(), *mount);
}

Text mount_writable(FieldContext& context, const std::string& pattern) {
  const auto* mount = find_mount<&ContainerMount::source>(context, pattern);
  return mount == nullptr ? Text() : mount->is_writable ? "true" : "false";
}

template <HealthProbeKind kind>
Text probe(FieldContext& context) {
  const auto* found = container(context);
  if (found == nullptr) return std::nullopt;
  for (const auto& each : found->probes) {
    if (each.kind != kind) continue;
    auto& text = context.scratch.text();
    text = each.exe;
    for (const auto& arg : each.args) text.append(" ").append(arg);
    return text;
  }
  return "NONE";
}

bool runs(const Thread& thread, const HealthProbe& probe) {
  std::size_t at = 0;
  bool is_same = thread.exe == probe.exe;
  for_each_part(thread.args, [&](std::string_view part) {
    is_same = is_same && at < probe.args.size() && part == probe.args[at];
    ++at;
  });
  return is_same && at == probe.args.size();
}

// A probe is started from outside the container: the container's first process is not among its ancestors.
template <HealthProbeKind kind>
std::optional<bool> is_probe(FieldContext& context) {
  if (!context.event.thread) return std::nullopt;
  const auto* found = container(context);
  if (found == nullptr || found->probes.empty()) return false;
  bool is_started_inside = false;
  bool is_match = false;
  const auto visit = [&](const Thread& at) {
    if (at.container_id != found->id) return false;
    is_started_inside = at.vpid == 1;
    for (const auto& each : found->probes) is_match = is_match || (each.kind == kind && runs(at, each));
    return !is_started_inside;
  };
  if (visit(*context.event.thread)) for_each_ancestor(context, *context.event.thread, visit);
  return is_match && !is_started_inside;
}

std::optional<std::uint64_t> start_time(FieldContext& context) {
  if (!context.event.thread || is_on_host(context)) return std::nullopt;
  const auto start = context.event.thread->pid_namespace_start;
  return start == 0 ? std::nullopt : std::optional(start);
}

std::optional<std::int64_t> duration(FieldContext& context) {
  const auto start = start_time(context);
  if (!start) return std::nullopt;
  return static_cast<std::int64_t>(context.event.record.timestamp - *start);
}

using Labels = std::map<std::string, std::string>;

Text label_of(const Labels& labels, std::string_view key) {
  const auto at = labels.find(std::string(key));
  return at == labels.end() ? Text() : at->second;
}

Text label_of(const Container* found, std::string_view key) {
  return found == nullptr ? Text() : label_of(found->labels, key);
}

Text label(FieldContext& context, const std::string& key) { return label_of(container(context), key); }

template <typename Shows>
Text joined_labels(FieldContext& context, const Labels& labels, Shows shows) {
  auto& text = context.scratch.text();
  for (const auto& [key, value] : labels) {
    if (!shows(key)) continue;
    if (!text.empty()) text += ", ";
    text += key;
    if (!value.empty()) text.append(":").append(value);
  }
  return text;
}

Text labels(FieldContext& context) {
  const auto* found = container(context);
  if (found == nullptr || !found->has_labels) return std::nullopt;
  return joined_labels(context, found->labels, [](std::string_view) { return true; });
}

// What a kubelet writes on the containers that it starts.
constexpr char pod_name[] = "io.kubernetes.pod.name";
constexpr char pod_namespace[] = "io.kubernetes.pod.namespace";
constexpr char pod_uid[] = "io.kubernetes.pod.uid";
constexpr char sandbox_id[] = "io.kubernetes.sandbox.id";

template <const char* key>
Text pod_text(FieldContext& context) {
  return label_of(container(context), key);
}

Text full_sandbox_id(FieldContext& context) {
  const auto* found = container(context);
  if (found == nullptr) return std::nullopt;
  return found->sandbox_id.empty() ? label_of(found, sandbox_id) : found->sandbox_id;
}

Text short_sandbox_id(FieldContext& context) {
  constexpr std::size_t shown_length = 12;
  const auto whole = full_sandbox_id(context);
  return whole ? whole->substr(0, shown_length) : Text();
}

// The pod's own labels are those of its sandbox; the container may carry a copy.
const Labels* labels_of_pod(FieldContext& context) {
  const auto* found = container(context);
  if (found != nullptr && !found->pod_labels.empty()) return &found->pod_labels;
  const auto id = short_sandbox_id(context);
  const auto* sandbox = id ? context.state.containers.find(*id) : nullptr;
  return sandbox == nullptr ? nullptr : &sandbox->labels;
}

Text pod_label(FieldContext& context, const std::string& key) {
  const auto* labels = labels_of_pod(context);
  return labels == nullptr ? Text() : label_of(*labels, key);
}

Text pod_labels(FieldContext& context) {
  const auto* labels = labels_of_pod(context);
  if (labels == nullptr) return std::nullopt;
  return joined_labels(context, *labels, [](std::string_view key) {
    return !key.starts_with("annotation.") && !key.starts_with("io.kubernetes.");
  });
}

template <auto extract>
constexpr Field text(std::string_view name, std::string_view description) {
  return {{name, T::charbuf_, F::na, description}, read<extract>};
}
template <auto extract>
constexpr Field text_of(std::string_view name, std::string_view description) {
  return required_argument({{name, T::charbuf_, F::na, description}, read_with_argument<parse_pattern, extract>});
}
template <auto extract>
constexpr Field flag(std::string_view name, std::string_view description) {
  return {{name, T::bool_, F::na, description}, read<extract>};
}
constexpr Field provided(std::string_view name, std::string_view description) {
  return {{name, T::charbuf_, F::na, description}, read_as<ProvidedReader<false>>};
}
constexpr Field provided_label(std::string_view name, std::string_view description) {
  return required_argument({{name, T::charbuf_, F::na, description}, read_as<ProvidedReader<true>>});
}

constexpr Field fields[] = {
    {{"container.id", T::charbuf_, F::na, "Id of the container, or 'host'."}, read<id>},
    {{"container.name", T::charbuf_, F::na, "Name of the container, or 'host'."},
     read<member_or_host<&Container::name>>},
    {{"container.type", T::charbuf_, F::na, "What runs the container: docker, containerd, ...; or 'host'."},
     read<member_or_host<&Container::type>>},
    text<full_id>("container.full_id", "Id of the container in full length."),
    text<member_text<&Container::image>>("container.image", "Image of the container, with its tag."),
    text<member_text<&Container::image_id>>("container.image.id", "Id of the image."),
    text<member_text<&Container::image_repository>>("container.image.repository", "Repository of the image."),
    text<member_text<&Container::image_tag>>("container.image.tag", "Tag of the image."),
    text<member_text<&Container::image_digest>>("container.image.digest", "Digest of the image."),
    flag<member_flag<&Container::is_privileged>>("container.privileged", "Whether the container is privileged."),
    text<mounts>("container.mounts", "All mounts of the container."),
    text_of<mount_whole>("container.mount", "One mount, by position or source."),
    text_of<mount_part<&ContainerMount::destination, &ContainerMount::source>>(
        "container.mount.source", "Source of one mount, by position or destination."),
    text_of<mount_part<&ContainerMount::source, &ContainerMount::destination>>(
        "container.mount.dest", "Destination of one mount, by position or source."),
    text_of<mount_part<&ContainerMount::source, &ContainerMount::mode>>("container.mount.mode", "Mode of one mount."),
    text_of<mount_writable>("container.mount.rdwr", "Whether one mount can be written."),
    text_of<mount_part<&ContainerMount::source, &ContainerMount::propagation>>("container.mount.propagation",
                                                                               "Propagation of one mount."),
    text<probe<HealthProbeKind::healthcheck>>("container.healthcheck", "Command that checks the container's health."),
    text<probe<HealthProbeKind::liveness>>("container.liveness_probe",
                                           "Command that checks whether the container lives."),
    text<probe<HealthProbeKind::readiness>>("container.readiness_probe",
                                            "Command that checks whether the container is ready."),
    {{"container.start_ts", T::abstime_, F::dec, "When the container started."}, read<start_time>},
    {{"container.duration", T::reltime_, F::dec, "Nanoseconds since the container started."}, read<duration>},
    text<member_text<&Container::ip>>("container.ip", "Address of the container."),
    text<member_text<&Container::cni_json>>("container.cni.json", "Result of the network plugin."),
    flag<member_flag<&Container::has_host_pid>>("container.host_pid",
                                                "Whether the container shares the host's pid namespace."),
    flag<member_flag<&Container::has_host_network>>("container.host_network",
                                                    "Whether the container shares the host's network."),
    flag<member_flag<&Container::has_host_ipc>>("container.host_ipc",
                                                "Whether the container shares the host's IPC namespace."),
    text_of<label>("container.label", "One label of the container: container.label.foo."),
    text<labels>("container.labels", "All labels of the container."),
    flag<is_probe<HealthProbeKind::healthcheck>>("proc.is_container_healthcheck",
                                                 "Whether the process is part of its container's health check."),
    flag<is_probe<HealthProbeKind::liveness>>("proc.is_container_liveness_probe",
                                              "Whether the process is part of its container's liveness probe."),
    flag<is_probe<HealthProbeKind::readiness>>("proc.is_container_readiness_probe",
                                               "Whether the process is part of its container's readiness probe."),
    text<pod_text<pod_name>>("k8s.pod.name", "Name of the pod."),
    text<pod_text<pod_uid>>("k8s.pod.id", "Id of the pod."),
    text<pod_text<pod_uid>>("k8s.pod.uid", "Unique id of the pod."),
    text<short_sandbox_id>("k8s.pod.sandbox_id", "Id of the pod's sandbox."),
    text<full_sandbox_id>("k8s.pod.full_sandbox_id", "Id of the pod's sandbox in full length."),
    text<member_text<&Container::ip>>("k8s.pod.ip", "Address of the pod."),
    text<member_text<&Container::cni_json>>("k8s.pod.cni.json", "Result of the pod's network plugin."),
    text_of<pod_label>("k8s.pod.label", "One label of the pod: k8s.pod.label.foo."),
    text<pod_labels>("k8s.pod.labels", "All labels of the pod."),
    provided("k8s.rc.name", "Name of the replication controller."),
    provided("k8s.rc.id", "Id of the replication controller."),
    provided_label("k8s.rc.label", "One label of the replication controller."),
    provided("k8s.rc.labels", "All labels of the replication controller."),
    provided("k8s.svc.name", "Name of the service."),
    provided("k8s.svc.id", "Id of the service."),
    provided_label("k8s.svc.label", "One label of the service."),
    provided("k8s.svc.labels", "All labels of the service."),
    text<pod_text<pod_namespace>>("k8s.ns.name", "Name of the namespace."),
    provided("k8s.ns.id", "Id of the namespace."),
    provided_label("k8s.ns.label", "One label of the namespace."),
    provided("k8s.ns.labels", "All labels of the namespace."),
    provided("k8s.rs.name", "Name of the replica set."),
    provided("k8s.rs.id", "Id of the replica set."),
    provided_label("k8s.rs.label", "One label of the replica set."),
    provided("k8s.rs.labels", "All labels of the replica set."),
    provided("k8s.deployment.name", "Name of the deployment."),
    provided("k8s.deployment.id", "Id of the deployment."),
    provided_label("k8s.deployment.label", "One label of the deployment."),
    provided("k8s.deployment.labels", "All labels of the deployment."),
};

}  // namespace

std::span<const Field> container_fields() { return fields; }

}  // namespace tracer
