"""Docker: asked through the Docker Engine API."""

from __future__ import annotations

import os
from collections.abc import Mapping

from tracer.core.plugin import ContainerReference
from tracer.plugins.containers.docker_api import look_up
from tracer.plugins.containers.unix_http import is_socket
from tracer.plugins.containers.users import owner_of

DEFAULT_SOCKET = "/var/run/docker.sock"
SOCKET_VARIABLE = "TRACER_DOCKER_SOCKET"


class DockerEngine:
    """Docker's daemon; of a user's own, where the container is in the user's slice."""

    name = "docker"
    summary = f"asks Docker, at the socket {DEFAULT_SOCKET} or what {SOCKET_VARIABLE} says"

    def look_up(self, container: ContainerReference) -> Mapping[str, object] | None:
        """What the daemon knows of the container."""
        return look_up(container, self._socket(container)) if container.type == self.name else None

    def _socket(self, container: ContainerReference) -> str:
        uid = owner_of(container.cgroup)
        rootless = f"/run/user/{uid}/docker.sock"
        if uid and SOCKET_VARIABLE not in os.environ and is_socket(rootless):
            return rootless
        return os.environ.get(SOCKET_VARIABLE, DEFAULT_SOCKET)
