"""containerd's own API: for what was started without Kubernetes, by ctr or nerdctl."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tracer.core.plugin import ContainerReference, LookUpLater
from tracer.plugins.containers import oci
from tracer.plugins.containers.cri_sockets import cri_sockets, timeout_s
from tracer.plugins.containers.grpc_client import GrpcClient, NotImplementedThere
from tracer.plugins.containers.images import split_image
from tracer.plugins.containers.messages import CONTAINERD
from tracer.plugins.containers.shown import shown_environment, shown_labels
from tracer.plugins.containers.unix_http import is_socket

DOCKERS_NAMESPACE = "moby"
KIND_LABEL = "io.cri-containerd.kind"
NAME_LABEL = "nerdctl/name"


class ContainerdEngine:
    """containerd, in all its namespaces but Docker's, and but for what CRI started."""

    name = "containerd"
    summary = "asks containerd of containers that ctr or nerdctl started, at the sockets that CRI is asked at"

    def __init__(self) -> None:
        self._clients: dict[str, GrpcClient] = {}

    def look_up(self, container: ContainerReference) -> Mapping[str, object] | None:
        """What containerd knows of the container."""
        if container.type not in ("containerd", "docker"):
            return None
        is_there = False
        for socket in filter(is_socket, cri_sockets()):
            client = self._clients.get(socket)
            if client is None:
                client = self._clients[socket] = GrpcClient(socket, CONTAINERD, timeout_s())
            try:
                found = _look_up(client, container.full_id)
            except NotImplementedThere:
                continue
            is_there = True
            if found is not None:
                return {"type": "containerd", **found}
        if is_there:
            raise LookUpLater
        return None


def _look_up(client: GrpcClient, container_id: str) -> dict[str, object] | None:
    listed = client.call(
        "/containerd.services.namespaces.v1.Namespaces/List",
        client.message("ListNamespacesRequest"),
        "ListNamespacesResponse",
    )
    for namespace in (each.name for each in listed.namespaces if each.name != DOCKERS_NAMESPACE):
        metadata = [("containerd-namespace", namespace)]
        found = client.call(
            "/containerd.services.containers.v1.Containers/Get",
            client.message("GetContainerRequest", id=container_id),
            "GetContainerResponse",
            metadata,
        )
        if found is None or not found.container.id:
            continue
        if KIND_LABEL in found.container.labels:  # CRI knows more of it
            raise LookUpLater
        return {**_described(found.container), "imagedigest": _digest(client, found.container.image, metadata)}
    return None


def _digest(client: GrpcClient, image: str, metadata: list[tuple[str, str]]) -> str:
    if not image:
        return ""
    found = client.call(
        "/containerd.services.images.v1.Images/Get",
        client.message("GetImageRequest", name=image),
        "GetImageResponse",
        metadata,
    )
    return "" if found is None else str(found.image.target.digest)


def _described(container: Any) -> dict[str, object]:
    specification = json.loads(container.spec.value or b"{}")
    labels = dict(container.labels)
    image = split_image(container.image)
    return {
        "full_id": container.id,
        "name": labels.get(NAME_LABEL, container.id),
        "image": container.image,
        "imagerepo": image.repository,
        "imagetag": image.tag or ("latest" if container.image and not image.digest else ""),
        "labels": shown_labels(labels),
        "created_time": container.created_at.seconds,
        "privileged": oci.is_privileged(specification),
        "Mounts": oci.bind_mounts(specification),
        "env": shown_environment((specification.get("process") or {}).get("env") or ()),
        **oci.limits(specification),
        **oci.namespaces(specification),
    }
