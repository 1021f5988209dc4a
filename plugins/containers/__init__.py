"""Container engines: Docker, podman, and whatever speaks CRI or is containerd.

Each asks the runtime's own socket. What these have in common: a socket that is not there is no error, the engine then
knows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracer.core.plugin import ContainerEngine, hookimpl


@hookimpl
def tracer_container_engines() -> Sequence[ContainerEngine]:
    """The engines, in the order in which they are asked."""
    from tracer.plugins.containers.containerd import ContainerdEngine
    from tracer.plugins.containers.cri import CriEngine
    from tracer.plugins.containers.docker import DockerEngine
    from tracer.plugins.containers.podman import PodmanEngine
    from tracer.plugins.containers.podman_storage import PodmanStorageEngine

    return [PodmanStorageEngine(), PodmanEngine(), DockerEngine(), CriEngine(), ContainerdEngine()]
