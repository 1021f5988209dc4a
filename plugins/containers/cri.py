"""CRI, the interface that Kubernetes has to container runtimes: containerd, CRI-O."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.core.plugin import ContainerReference, LookUpLater
from tracer.plugins.containers.cri_sockets import SOCKET_VARIABLE, cri_sockets, timeout_s
from tracer.plugins.containers.cri_status import CriServer
from tracer.plugins.containers.grpc_client import NotImplementedThere
from tracer.plugins.containers.unix_http import is_socket

TYPES = {"containerd": "containerd", "cri-o": "cri-o"}
"""Type of a container by what the runtime calls itself; others are just CRI's."""


class CriEngine:
    """The runtimes at the sockets."""

    name = "cri"
    summary = f"asks containerd or CRI-O through CRI, at the sockets that --cri or {SOCKET_VARIABLE} names"

    def __init__(self) -> None:
        self._servers: dict[str, CriServer] = {}

    def look_up(self, container: ContainerReference) -> Mapping[str, object] | None:
        """What the runtime knows of the container, or of the pod's sandbox that it is."""
        if container.type not in ("containerd", "cri-o", "docker"):
            return None
        is_there = False
        for socket in filter(is_socket, cri_sockets()):
            server = self._servers.get(socket)
            try:
                if server is None:
                    server = self._servers[socket] = CriServer(socket, timeout_s())
                found = server.container(container.full_id) or server.sandbox(container.full_id)
            except NotImplementedThere:
                continue
            is_there = True
            if found is not None:
                return {"type": TYPES.get(server.runtime, "cri"), **found}
        if is_there:
            raise LookUpLater
        return None
