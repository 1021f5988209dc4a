"""What an OCI runtime specification tells of a container."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tracer.plugins.containers.json_values import mapping
from tracer.plugins.containers.shown import cpu_count

_PROPAGATIONS = ("shared", "rshared", "slave", "rslave", "private", "rprivate", "unbindable", "runbindable")


def limits(specification: Mapping[str, Any]) -> dict[str, object]:
    """Memory and CPU limits, as container events tell them."""
    resources = mapping(specification, "linux", "resources")
    memory, cpu = mapping(resources, "memory"), mapping(resources, "cpu")
    return {
        "memory_limit": memory.get("limit") or 0,
        "swap_limit": memory.get("swap") or memory.get("limit") or 0,
        "cpu_shares": cpu.get("shares") or 1024,
        "cpu_quota": cpu.get("quota") or 0,
        "cpu_period": cpu.get("period") or 100_000,
        "cpuset_cpu_count": cpu_count(cpu.get("cpus") or ""),
    }


def namespaces(specification: Mapping[str, Any]) -> dict[str, object]:
    """Which namespaces are the host's; nothing where the specification does not say."""
    own = mapping(specification, "linux").get("namespaces")
    if not isinstance(own, list):
        return {}
    kinds = {each.get("type") for each in own}
    return {f"host_{kind}": kind not in kinds for kind in ("pid", "network", "ipc")}


def bind_mounts(specification: Mapping[str, Any]) -> list[dict[str, object]]:
    """What of the host is mounted into the container."""
    mounts = specification.get("mounts") or ()
    return [_mount(mount) for mount in mounts if mount.get("type") == "bind" or "rbind" in (mount.get("options") or ())]


def is_privileged(specification: Mapping[str, Any]) -> bool:
    """Whether nothing of /proc is hidden from it, as with --privileged, and it may administer the machine."""
    linux = mapping(specification, "linux")
    capabilities: Iterable[str] = mapping(specification, "process", "capabilities").get("bounding") or ()
    return "CAP_SYS_ADMIN" in capabilities and not linux.get("maskedPaths") and not linux.get("readonlyPaths")


def _mount(mount: Mapping[str, Any]) -> dict[str, object]:
    options = mount.get("options") or ()
    return {
        "Source": mount.get("source") or "",
        "Destination": mount.get("destination") or "",
        "Mode": "",
        "RW": "ro" not in options,
        "Propagation": next((option for option in options if option in _PROPAGATIONS), "rprivate"),
    }
