// container.*, k8s.*: the container that the thread is in. Only its id is known to the engine; the rest is named
// here so that formats and filters that ask for it are understood, and has no value until something provides it.
#include "lineage.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

// Outside containers: "host".
std::optional<std::string_view> id(FieldContext& context) {
  if (!context.event.thread) return std::nullopt;
  return context.event.thread->container_id.empty() ? "host" : std::string_view(context.event.thread->container_id);
}

// What is known without any provider: that the thread is in no container.
std::optional<std::string_view> host(FieldContext& context) {
  if (!context.event.thread || !context.event.thread->container_id.empty()) return std::nullopt;
  return "host";
}

constexpr Field absent(std::string_view name, ParamType type, PrintFormat format, std::string_view description) {
  return {{name, type, format, description}, read_nothing};
}
constexpr Field text(std::string_view name, std::string_view description) {
  return absent(name, T::charbuf_, F::na, description);
}
constexpr Field flag(std::string_view name, std::string_view description) {
  return absent(name, T::bool_, F::na, description);
}

constexpr Field fields[] = {
    {{"container.id", T::charbuf_, F::na, "Id of the container, or 'host'."}, read<id>},
    {{"container.name", T::charbuf_, F::na, "Name of the container, or 'host'."}, read<host>},
    {{"container.type", T::charbuf_, F::na, "What runs the container: docker, containerd, ...; or 'host'."},
     read<host>},
    text("container.full_id", "Id of the container in full length."),
    text("container.image", "Image of the container, with its tag."),
    text("container.image.id", "Id of the image."),
    text("container.image.repository", "Repository of the image."),
    text("container.image.tag", "Tag of the image."),
    text("container.image.digest", "Digest of the image."),
    flag("container.privileged", "Whether the container is privileged."),
    text("container.mounts", "All mounts of the container."),
    required_argument(text("container.mount", "One mount, by position or source.")),
    required_argument(text("container.mount.source", "Source of one mount, by position or destination.")),
    required_argument(text("container.mount.dest", "Destination of one mount, by position or source.")),
    required_argument(text("container.mount.mode", "Mode of one mount.")),
    required_argument(text("container.mount.rdwr", "Whether one mount can be written.")),
    required_argument(text("container.mount.propagation", "Propagation of one mount.")),
    text("container.healthcheck", "Command that checks the container's health."),
    text("container.liveness_probe", "Command that checks whether the container lives."),
    text("container.readiness_probe", "Command that checks whether the container is ready."),
    absent("container.start_ts", T::abstime_, F::dec, "When the container started."),
    absent("container.duration", T::reltime_, F::dec, "Nanoseconds since the container started."),
    text("container.ip", "Address of the container."),
    text("container.cni.json", "Result of the network plugin."),
    flag("container.host_pid", "Whether the container shares the host's pid namespace."),
    flag("container.host_network", "Whether the container shares the host's network."),
    flag("container.host_ipc", "Whether the container shares the host's IPC namespace."),
    required_argument(text("container.label", "One label of the container: container.label.foo.")),
    text("container.labels", "All labels of the container."),
    flag("proc.is_container_healthcheck", "Whether the process is part of its container's health check."),
    flag("proc.is_container_liveness_probe", "Whether the process is part of its container's liveness probe."),
    flag("proc.is_container_readiness_probe", "Whether the process is part of its container's readiness probe."),
    text("k8s.pod.name", "Name of the pod."),
    text("k8s.pod.id", "Id of the pod."),
    text("k8s.pod.uid", "Unique id of the pod."),
    text("k8s.pod.sandbox_id", "Id of the pod's sandbox."),
    text("k8s.pod.full_sandbox_id", "Id of the pod's sandbox in full length."),
    text("k8s.pod.ip", "Address of the pod."),
    text("k8s.pod.cni.json", "Result of the pod's network plugin."),
    required_argument(text("k8s.pod.label", "One label of the pod: k8s.pod.label.foo.")),
    text("k8s.pod.labels", "All labels of the pod."),
    text("k8s.rc.name", "Name of the replication controller."),
    text("k8s.rc.id", "Id of the replication controller."),
    required_argument(text("k8s.rc.label", "One label of the replication controller.")),
    text("k8s.rc.labels", "All labels of the replication controller."),
    text("k8s.svc.name", "Name of the service."),
    text("k8s.svc.id", "Id of the service."),
    required_argument(text("k8s.svc.label", "One label of the service.")),
    text("k8s.svc.labels", "All labels of the service."),
    text("k8s.ns.name", "Name of the namespace."),
    text("k8s.ns.id", "Id of the namespace."),
    required_argument(text("k8s.ns.label", "One label of the namespace.")),
    text("k8s.ns.labels", "All labels of the namespace."),
    text("k8s.rs.name", "Name of the replica set."),
    text("k8s.rs.id", "Id of the replica set."),
    required_argument(text("k8s.rs.label", "One label of the replica set.")),
    text("k8s.rs.labels", "All labels of the replica set."),
    text("k8s.deployment.name", "Name of the deployment."),
    text("k8s.deployment.id", "Id of the deployment."),
    required_argument(text("k8s.deployment.label", "One label of the deployment.")),
    text("k8s.deployment.labels", "All labels of the deployment."),
};

}  // namespace

std::span<const Field> container_fields() { return fields; }

}  // namespace tracer
