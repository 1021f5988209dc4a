"""What the Docker Engine API tells of a container, as container events tell it. podman's service speaks it too."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tracer.core.plugin import ContainerReference, LookUpLater
from tracer.plugins.containers.images import ImageName, image_names, split_image, without_algorithm
from tracer.plugins.containers.json_values import mapping, number, sequence, text, texts
from tracer.plugins.containers.probes import health_probes
from tracer.plugins.containers.shown import cpu_count, shown_environment, shown_labels
from tracer.plugins.containers.unix_http import get_json, is_socket

MAX_SHARED_NETWORKS = 4
"""How many containers may lie between one and that whose network it uses."""


def look_up(container: ContainerReference, socket: str) -> dict[str, object] | None:
    """What the server at `socket` knows of the container; None if there is no server. Raises LookUpLater."""
    if not is_socket(socket):
        return None
    found = _describe(socket, container.full_id)
    if found is None:
        raise LookUpLater
    return {"type": container.type, **found}


def _describe(socket: str, container_id: str) -> dict[str, object] | None:
    """What the server at `socket` knows of a container; None if it knows none with this id. Raises LookUpLater."""
    told = get_json(socket, f"/containers/{quote(container_id, safe='')}/json")
    if not isinstance(told, Mapping):
        return None
    config, host = mapping(told, "Config"), mapping(told, "HostConfig")
    name = text(told, "Name").removeprefix("/")
    labels = mapping(config, "Labels")
    image, image_id = _image(socket, told, config)
    quota = max(number(host, "CpuQuota"), number(host, "NanoCpus") // 10_000)
    return {
        "full_id": text(told, "Id"),
        "name": name,
        "is_pod_sandbox": name.startswith("k8s_POD"),
        "image": text(config, "Image"),
        "imageid": image_id,
        "imagerepo": image.repository,
        "imagetag": image.tag,
        "imagedigest": image.digest,
        "User": text(config, "User"),
        "created_time": seconds_of(text(told, "Created")),
        "privileged": host.get("Privileged") is True,
        "host_pid": text(host, "PidMode") == "host",
        "host_network": text(host, "NetworkMode") == "host",
        "host_ipc": text(host, "IpcMode") == "host",
        "Mounts": [_mount(mount) for mount in sequence(told, "Mounts")],
        "labels": shown_labels(labels),
        "env": shown_environment(texts(config, "Env")),
        "ip": _address(socket, told, MAX_SHARED_NETWORKS) or "0.0.0.0",
        "port_mappings": _ports(mapping(told, "NetworkSettings")),
        "memory_limit": number(host, "Memory"),
        "swap_limit": number(host, "MemorySwap"),
        "cpu_shares": number(host, "CpuShares") or 1024,
        "cpu_quota": quota,
        "cpu_period": number(host, "CpuPeriod") or 100_000,
        "cpuset_cpu_count": cpu_count(text(host, "CpusetCpus")),
        **health_probes(labels, mapping(config, "Healthcheck")),
    }


def _image(socket: str, told: Mapping[str, Any], config: Mapping[str, Any]) -> tuple[ImageName, str]:
    """How the container's image is called, and its id.

    Users may name an image by its id or a part of it; then only the image itself tells its names.
    """
    asked, identity = text(config, "Image"), text(told, "Image")
    if "/" in identity:  # some podman gives the name for the id
        asked, identity = identity, ""
    image_id = without_algorithm(identity)
    is_id = bool(asked) and (image_id.startswith(asked) or identity.startswith(asked))
    image = ImageName("", "", "") if is_id else split_image(asked)
    if is_id or not image.tag or not image.digest:
        found = get_json(socket, f"/images/{quote(identity or asked, safe=':/@')}/json")
        if isinstance(found, Mapping):
            names = image_names(image.repository, texts(found, "RepoTags"), texts(found, "RepoDigests"))
            image_id = image_id or without_algorithm(text(found, "Id"))
            image = ImageName(names.repository, image.tag or names.tag, image.digest or names.digest)
    return image._replace(tag=image.tag or "latest"), image_id


def _address(socket: str, told: Mapping[str, Any], depth: int) -> str:
    settings = mapping(told, "NetworkSettings")
    if text(settings, "IPAddress"):
        return text(settings, "IPAddress")
    for network in mapping(settings, "Networks").values():
        if isinstance(network, Mapping) and text(network, "IPAddress"):
            return text(network, "IPAddress")
    shared, colon, other = text(mapping(told, "HostConfig"), "NetworkMode").partition(":")
    if shared != "container" or not colon or depth == 0:
        return ""
    whose = get_json(socket, f"/containers/{quote(other, safe='')}/json")
    return _address(socket, whose, depth - 1) if isinstance(whose, Mapping) else ""


def _ports(settings: Mapping[str, Any]) -> list[dict[str, int]]:
    forwarded = []
    for port, hosts in mapping(settings, "Ports").items():
        inside, _, protocol = port.partition("/")
        for host in hosts or () if protocol == "tcp" else ():
            address = _ipv4(text(host, "HostIp") or "0.0.0.0")
            if address is not None:
                forwarded.append(
                    {"HostIp": address, "HostPort": int(text(host, "HostPort") or 0), "ContainerPort": int(inside)}
                )
    return forwarded


def _ipv4(address: str) -> int | None:
    try:
        return int(ipaddress.IPv4Address(address))
    except ValueError:
        return None


def _mount(mount: Mapping[str, Any]) -> dict[str, object]:
    return {
        "Source": text(mount, "Source"),
        "Destination": text(mount, "Destination"),
        "Mode": text(mount, "Mode"),
        "RW": mount.get("RW") is True,
        "Propagation": text(mount, "Propagation"),
    }


def seconds_of(time: str) -> int:
    """Seconds since the epoch of a time such as 2026-11-22T23:56:51.180554082Z; 0 for what is none."""
    whole = re.sub(r"\.\d+", "", time).replace("Z", "+00:00")
    try:
        return int(datetime.fromisoformat(whole).timestamp())
    except ValueError:
        return 0
