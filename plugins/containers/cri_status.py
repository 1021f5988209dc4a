"""What a CRI runtime tells of containers and of the sandboxes of pods."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tracer.plugins.containers import oci
from tracer.plugins.containers.grpc_client import GrpcClient, NotImplementedThere
from tracer.plugins.containers.images import ImageName, image_names, split_image, without_algorithm
from tracer.plugins.containers.json_values import mapping
from tracer.plugins.containers.messages import CRI
from tracer.plugins.containers.probes import pod_probes
from tracer.plugins.containers.shown import shown_environment, shown_labels

VERSIONS = ("v1", "v1alpha2")
"""Of the interface, the preferred one first; what is used here is the same in both."""

NODE = 2
"""The mode of a namespace that is the host's."""

PROPAGATIONS = ("private", "rslave", "rshared")
"""By their numbers."""


class CriServer:
    """A runtime, by its socket. Raises NotImplementedThere if it speaks no CRI."""

    def __init__(self, socket: str, timeout_s: float) -> None:
        self._client = GrpcClient(socket, CRI, timeout_s)
        self._version = VERSIONS[0]
        self.runtime = self._runtime()
        """What it calls itself."""

    def _runtime(self) -> str:
        for self._version in VERSIONS:
            try:
                return str(self._ask("Version", "VersionRequest", "VersionResponse").runtime_name)
            except NotImplementedThere:
                continue
        raise NotImplementedThere

    def container(self, container_id: str) -> dict[str, object] | None:
        """What it knows of a container, as container events tell it; None if it knows none with this id."""
        answer = self._ask(
            "ContainerStatus",
            "ContainerStatusRequest",
            "ContainerStatusResponse",
            container_id=container_id,
            verbose=True,
        )
        if answer is None:
            return None
        status, info = answer.status, _info(answer)
        specification, config = mapping(info, "runtimeSpec"), mapping(info, "config")
        labels = dict(status.labels)
        sandbox = self._sandbox_of(status.id, info)
        return {
            "full_id": status.id,
            "name": status.metadata.name,
            "created_time": status.created_at // 1_000_000_000,
            "labels": shown_labels(labels),
            "Mounts": [_mount(mount) for mount in status.mounts],
            "env": shown_environment(f"{each.get('key')}={each.get('value')}" for each in config.get("envs") or ()),
            "privileged": _privileged(info),
            **self._image(status),
            **oci.limits(specification),
            **oci.namespaces(specification),
            **pod_probes({**sandbox.pop("annotations"), **dict(status.annotations)}, status.metadata.name),
            **sandbox,
        }

    def sandbox(self, sandbox_id: str) -> dict[str, object] | None:
        """The same of a pod's sandbox."""
        answer = self._sandbox_status(sandbox_id)
        if answer is None:
            return None
        status = answer.status
        pod = {"name": status.metadata.name, "namespace": status.metadata.namespace, "uid": status.metadata.uid}
        return {
            "full_id": status.id,
            "name": status.metadata.name,
            "is_pod_sandbox": True,
            "created_time": status.created_at // 1_000_000_000,
            "labels": {f"io.kubernetes.pod.{key}": value for key, value in pod.items()} | shown_labels(status.labels),
            **_network(answer),
        }

    def _sandbox_of(self, container_id: str, info: Mapping[str, Any]) -> dict[str, Any]:
        """What a container has from its pod, and the pod's annotations."""
        sandbox_id = info.get("sandboxID") or self._listed_sandbox(container_id)
        answer = self._sandbox_status(sandbox_id) if sandbox_id else None
        if answer is None:
            return {"annotations": {}}
        return {
            "annotations": dict(answer.status.annotations),
            "pod_sandbox_id": sandbox_id,
            "pod_sandbox_labels": shown_labels(answer.status.labels),
            **_network(answer),
        }

    def _listed_sandbox(self, container_id: str) -> str:
        of_this = self._client.message("ContainerFilter", id=container_id)
        answer = self._ask("ListContainers", "ListContainersRequest", "ListContainersResponse", filter=of_this)
        return str(answer.containers[0].pod_sandbox_id) if answer is not None and len(answer.containers) == 1 else ""

    def _sandbox_status(self, sandbox_id: str) -> Any:
        return self._ask(
            "PodSandboxStatus",
            "PodSandboxStatusRequest",
            "PodSandboxStatusResponse",
            pod_sandbox_id=sandbox_id,
            verbose=True,
        )

    def _image(self, status: Any) -> dict[str, object]:
        """Names of the image: the runtime may have noted its id where its name is asked for."""
        asked = str(status.image.image)
        wanted = self._client.message("ImageSpec", image=status.image_ref or asked)
        answer = self._ask("ImageStatus", "ImageStatusRequest", "ImageStatusResponse", "ImageService", image=wanted)
        found = answer.image if answer is not None else self._client.message("Image")
        is_id = asked.startswith("sha256:") or (bool(found.id) and without_algorithm(found.id).startswith(asked))
        named = ImageName("", "", "") if is_id else split_image(asked)
        names = image_names(named.repository, found.repo_tags, found.repo_digests)
        reference = split_image(status.image_ref)
        if is_id:
            asked = next(iter(found.repo_tags), asked)
        return {
            "image": asked,
            "imageid": without_algorithm(found.id),
            "imagerepo": named.repository or names.repository,
            "imagetag": named.tag or names.tag,
            "imagedigest": reference.digest or named.digest or names.digest,
        }

    def _ask(self, call: str, question: str, answer: str, service: str = "RuntimeService", /, **values: object) -> Any:
        method = f"/runtime.{self._version}.{service}/{call}"
        return self._client.call(method, self._client.message(question, **values), answer)


def _info(answer: Any) -> Mapping[str, Any]:
    """What a runtime tells beyond the interface, in JSON; nothing where it tells none."""
    try:
        info = json.loads(answer.info["info"]) if "info" in answer.info else {}
    except ValueError:
        return {}
    return info if isinstance(info, Mapping) else {}


def _network(answer: Any) -> dict[str, object]:
    options = answer.status.linux.namespaces.options
    result = _info(answer).get("cniResult")
    is_own = options.network != NODE
    return {
        "ip": answer.status.network.ip if is_own and answer.status.network.ip else "0.0.0.0",
        "host_network": not is_own,
        "host_pid": options.pid == NODE,
        "host_ipc": options.ipc == NODE,
        "cni_json": json.dumps(result, separators=(",", ":")) if result else "",
    }


def _mount(mount: Any) -> dict[str, object]:
    return {
        "Source": mount.host_path,
        "Destination": mount.container_path,
        "Mode": "",
        "RW": not mount.readonly,
        "Propagation": PROPAGATIONS[mount.propagation] if mount.propagation < len(PROPAGATIONS) else "unknown",
    }


def _privileged(info: Mapping[str, Any]) -> bool | None:
    """As containerd has it, or CRI-O; None where neither does."""
    security = mapping(info, "config", "linux", "security_context")
    for told in (security.get("privileged"), info.get("privileged")):
        if isinstance(told, bool):
            return told
    return False if info.get("config") else None
