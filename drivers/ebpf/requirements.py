"""What this machine has of what a probe needs, and what is said where it lacks something."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

OLDEST_KERNEL = (5, 8)
FIRST_WITH_COOKIES = (5, 15)
"""A cookie tells a user probe's program which probe it is."""
FIRST_WITHOUT_MEMORY_LIMIT = (5, 11)
"""Before it, maps count as locked memory of the process."""
CAP_SYS_ADMIN = 21
CAP_PERFMON = 38
CAP_BPF = 39
HEADERS_MODULE = "kernel/kernel/kheaders.ko"
"""Of kernels that bring their headers along as a module (CONFIG_IKHEADERS=m); it may be compressed."""


class Lack(NamedTuple):
    """What is wrong, and what mends it."""

    reason: str
    remedy: str


@dataclass(frozen=True)
class Machine:
    """What is asked about a machine, and where to look at it; the one that runs by default."""

    system: str = field(default_factory=platform.system)
    architecture: str = field(default_factory=platform.machine)
    release: str = field(default_factory=platform.release)
    types: Path = Path("/sys/kernel/btf/vmlinux")
    """The kernel's description of its structures (BTF)."""
    status: Path = Path("/proc/self/status")
    lockdown: Path = Path("/sys/kernel/security/lockdown")
    """What the kernel keeps from root; the mode that is on stands in brackets."""
    modules: Path = Path("/lib/modules")
    headers_in_sysfs: Path = Path("/sys/kernel/kheaders.tar.xz")


def lack_for_any_probe(machine: Machine) -> Lack | None:
    """What no probe can do without."""
    if machine.system != "Linux":
        return Lack(f"eBPF needs Linux, this is {machine.system}", "replay a capture with the fake driver")
    if machine.architecture != "x86_64":
        return Lack(f"the probe knows x86_64, this is {machine.architecture}", "replay a capture with the fake driver")
    if is_older(machine.release, OLDEST_KERNEL):
        return Lack(f"kernel {machine.release} has no BPF ring buffer", "use a kernel from 5.8, or the kmod driver")
    if not _has_rights(machine.status):
        return Lack("loading a BPF program needs root, or CAP_BPF and CAP_PERFMON", "run as root")
    if machine.lockdown.exists() and "[confidentiality]" in machine.lockdown.read_text():
        return Lack(
            "the kernel is locked down (confidentiality), so that no program may read its memory",
            "boot it with lockdown=integrity or less",
        )
    return None


def lack_for_object(machine: Machine) -> Lack | None:
    """What an object file needs beyond: by the kernel's own types the loader adapts it."""
    if machine.types.exists():
        return None
    return Lack(
        f"the kernel has no BTF ({machine.types} is missing)",
        "use a kernel built with CONFIG_DEBUG_INFO_BTF, or have bcc compile the probe: --driver ebpf:bcc",
    )


def lack_for_bcc(machine: Machine) -> Lack | None:
    """What compiling on the spot needs beyond, but for bcc itself."""
    folder = machine.modules / machine.release
    kept = [folder / name / "include/linux/kconfig.h" for name in ("source", "build")]
    module = folder / HEADERS_MODULE
    if any(path.exists() for path in kept) or machine.headers_in_sysfs.exists():
        return None
    if any(module.parent.glob(f"{module.name}*")):
        return None  # bcc loads it
    return Lack(
        f"there are no headers of kernel {machine.release} to compile the probe with ({folder}/build is missing)",
        f"install them (Debian: apt-get install linux-headers-{machine.release})",
    )


def is_older(release: str, version: tuple[int, int]) -> bool:
    """Whether a kernel is of a version before this one; False if its release does not tell."""
    match = re.match(r"(\d+)\.(\d+)", release)
    return match is not None and (int(match[1]), int(match[2])) < version


def _has_rights(status: Path) -> bool:
    """Whether this process's effective capabilities suffice."""
    match = re.search(r"^CapEff:\s*([0-9a-f]+)$", status.read_text(), re.MULTILINE)
    if not match:
        return os.geteuid() == 0
    bits = int(match[1], 16)
    return bool(bits >> CAP_SYS_ADMIN & 1 or (bits >> CAP_BPF & 1 and bits >> CAP_PERFMON & 1))
