"""The ebpf driver and its running captures."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from tracer.core._engine import NativeSource, RingSource
from tracer.core.driver import DriverError, Plan, Readiness, Source, Statistics
from tracer.drivers.ebpf import libbpf, object_file
from tracer.drivers.ebpf.probe import Probe
from tracer.drivers.probe.layout import DROP_REASONS

OLDEST_KERNEL = (5, 8)
CAP_SYS_ADMIN = 21
CAP_PERFMON = 38
CAP_BPF = 39
BTF = Path("/sys/kernel/btf/vmlinux")


class EbpfDriver:
    """System calls of this machine, through eBPF."""

    name = "ebpf"
    summary = "system calls of this machine, through an eBPF probe"
    capabilities = frozenset({"kernel_follow", "kernel_syscall_mask", "enter_events", "replan"})

    def readiness(self, argument: str) -> Readiness:
        """Whether a probe can be loaded here; `argument` is the path of a probe object, "" for the built-in one."""
        lack = _what_is_missing()
        if lack:
            return Readiness(False, *lack)
        try:
            path = object_file.find(argument)
            object_file.check(path)
        except DriverError as error:
            reason, _, remedy = str(error).removeprefix("ebpf: ").partition("; ")
            return Readiness(False, reason, remedy)
        return Readiness(True, f"kernel {platform.release()} with BTF, probe object {path}")

    def open(self, argument: str, plan: Plan) -> Source:
        """Loads and attaches the probe. Raises DriverError."""
        lack = _what_is_missing()
        if lack:
            raise DriverError(f"ebpf: {lack[0]}; {lack[1]}")
        path = object_file.find(argument)
        object_file.check(path)
        try:
            return EbpfSource(Probe(str(path), plan))
        except libbpf.LibbpfError as error:
            raise DriverError(_explain(error)) from error


class EbpfSource:
    """A running capture, whose records the engine fetches from the rings."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._native = RingSource(
            rings=list(zip(probe.ring_fds, probe.cpus, strict=True)),
            ring_bytes=probe.ring_bytes,
            counters_fd=probe.counters.fd,
            counters_stride=probe.counters.value_size,
            counters_cpus=probe.possible_cpus,
            drop_reasons=len(DROP_REASONS),
        )
        self._closed: Statistics | None = None
        probe.attach()

    def native(self) -> NativeSource | None:
        """The engine's own source."""
        return self._native

    def tables(self) -> None:
        """The engine reads /proc itself."""

    def read(self, timeout_s: float) -> None:
        """Records do not pass through here."""
        raise DriverError("ebpf: records are read natively")

    def follow(self, pid: int) -> None:
        """Also records this process and its descendants from now on."""
        self._probe.follow(pid)

    def replan(self, plan: Plan) -> None:
        """Goes on under another plan, with buffers of the same size.

        Raises DriverError if the plan needs programs that the first one did without.
        """
        lacking = self._probe.lacks(plan)
        if lacking:
            raise DriverError(
                f"ebpf: the running probe was loaded without what this plan needs ({', '.join(sorted(lacking))}); "
                "open a new capture for it"
            )
        self._probe.configure(plan)

    def stop(self) -> None:
        """Records no more; what was recorded can still be read, then the stream ends."""
        self._probe.detach()
        self._native.stop()

    def statistics(self) -> Statistics:
        """What has been seen and lost so far."""
        return self._closed or self._probe.statistics()

    def close(self) -> None:
        """Stops and frees everything; may be called twice."""
        if self._closed is None:
            self.stop()
            self._closed = self._probe.statistics()
            self._probe.close()


def _what_is_missing() -> tuple[str, str] | None:
    """(what is wrong, what mends it); None if nothing is."""
    if platform.system() != "Linux":
        return f"eBPF needs Linux, this is {platform.system()}", "replay a capture with the fake driver"
    if platform.machine() != "x86_64":
        return f"the probe knows x86_64, this is {platform.machine()}", "replay a capture with the fake driver"
    version = re.match(r"(\d+)\.(\d+)", platform.release())
    if version and tuple(map(int, version.groups())) < OLDEST_KERNEL:
        return f"kernel {platform.release()} has no BPF ring buffer", "use a kernel from 5.8"
    if not _has_bpf_rights():
        return "loading a BPF program needs root, or CAP_BPF and CAP_PERFMON", "run as root"
    if not BTF.exists():
        return f"the kernel has no BTF ({BTF} is missing)", "use a kernel built with CONFIG_DEBUG_INFO_BTF"
    try:
        libbpf.library()
    except libbpf.LibbpfMissing as error:
        return str(error), "install it (Debian: apt-get install libbpf1)"
    return None


def _has_bpf_rights() -> bool:
    """Whether this process's effective capabilities suffice."""
    match = re.search(r"^CapEff:\s*([0-9a-f]+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    if not match:
        return os.geteuid() == 0
    bits = int(match[1], 16)
    return bool(bits >> CAP_SYS_ADMIN & 1 or (bits >> CAP_BPF & 1 and bits >> CAP_PERFMON & 1))


def _explain(error: libbpf.LibbpfError) -> str:
    """One line for the user: libbpf's error, its last words, and what may help."""
    lines = [line.strip() for line in error.log.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("libbpf:")] or lines
    detail = f" ({said[0].removeprefix('libbpf: ')})" if said else ""
    return f"ebpf: cannot {error}{detail}; `tracer drivers` shows what this machine has"
