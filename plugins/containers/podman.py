"""podman: asked through its service, which speaks the Docker Engine API."""

from __future__ import annotations

import os
from collections.abc import Mapping

from tracer.core.plugin import ContainerReference
from tracer.plugins.containers.docker_api import look_up
from tracer.plugins.containers.users import namespace_owner, owner_of

DEFAULT_SOCKET = "/run/podman/podman.sock"
SOCKET_VARIABLE = "TRACER_PODMAN_SOCKET"


class PodmanEngine:
    """podman's service; of a user's own for rootless containers."""

    name = "podman"
    summary = f"asks podman's service, at the socket {DEFAULT_SOCKET}, a user's own, or what {SOCKET_VARIABLE} says"

    def look_up(self, container: ContainerReference) -> Mapping[str, object] | None:
        """What podman knows of the container."""
        return look_up(container, self._socket(container)) if container.type == self.name else None

    def _socket(self, container: ContainerReference) -> str:
        if SOCKET_VARIABLE in os.environ:
            return os.environ[SOCKET_VARIABLE]
        uid = owner_of(container.cgroup) or namespace_owner(container.pid)
        return f"/run/user/{uid}/podman/podman.sock" if uid else DEFAULT_SOCKET
