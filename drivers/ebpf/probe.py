"""The probe in the kernel: loads what a plan needs, attaches it, configures it, counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from tracer.core.driver import Plan, Statistics
from tracer.drivers.ebpf import libbpf
from tracer.drivers.probe.configuration import clock_offset, config_for, cpus, ring_size, threads_of
from tracer.drivers.probe.counting import statistics_of
from tracer.drivers.probe.layout import CpuCounters

FAMILIES = ("none", "fixed", "general", "io", "network", "process")
"""`enum family` of syscalls.h: programs that the dispatchers call, by their place in the maps."""
TRACEPOINTS = ("sched_switch", "signal_deliver", "page_fault_user", "page_fault_kernel")
STACKS = ("user", "kernel")
"""By their bits in `asked_stacks`."""
RENAMER = "task_rename"
USER_PROBE = "user_probe"
PROBE_TEXT_SIZE = 4096
"""Of `struct user_probe`."""
OUTDATED_BITS = 64
"""Threads to an element of the map `outdated`."""
FOLLOWERS = ("follow_fork", "follow_exec")


RING_MASK = ".rodata.ring"
"""The section of constants of a probe that has rings of cpu_ring.h, in arrays."""
RING_POSITIONS = 2 * 4096
"""A page for the reader, and one for the writer."""
BEHIND_RING = 65536 + 4096
"""Room for the longest record."""


class Function(NamedTuple):
    """Where a user probe is."""

    probe: str
    """What the user wrote; events carry it."""
    path: str
    offsets: tuple[int, ...]
    """In the file: one, or several where functions share a name."""
    at_return: bool


class ProbeObject(Protocol):
    """Programs and maps, as a loader brings them: `libbpf.Object` and `bcc_object.BccObject`."""

    def programs(self) -> Iterator[str]: ...  # noqa: D102
    def select(self, wanted: Callable[[str], bool]) -> None: ...  # noqa: D102
    def resize(self, map_name: str, entries: int) -> None: ...  # noqa: D102
    def set_inner(self, map_name: str, inner_fd: int) -> None: ...  # noqa: D102
    def has_map(self, name: str) -> bool: ...  # noqa: D102
    def set_constant(self, map_name: str, value: bytes) -> None: ...  # noqa: D102
    def load(self) -> None: ...  # noqa: D102
    def map(self, name: str) -> libbpf.Map: ...  # noqa: D102
    def program_fd(self, name: str) -> int: ...  # noqa: D102
    def attach(self, name: str) -> None: ...  # noqa: D102
    def attach_to_function(  # noqa: D102
        self, name: str, path: str, offset: int, at_return: bool, cookie: int
    ) -> None: ...
    def detach(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class Probe:
    """A loaded probe. Raises LibbpfError where the kernel refuses."""

    def __init__(self, probe_object: ProbeObject, plan: Plan, functions: Sequence[Function] = ()) -> None:
        self.plan = plan
        self.cpus = cpus("online")
        self.possible_cpus = max(cpus("possible")) + 1
        """Events of those that come online later are counted, as dropped."""
        self.clock_offset = clock_offset()
        self.ring_bytes = ring_size(plan.buffer_bytes)
        self.ring_fds: list[int] = []
        self.behind_bytes = 0
        """Of each ring behind its data, for the end of a record; 0: the data is there once more."""
        self._object = probe_object
        self._functions = functions
        try:
            self._load()
        except BaseException:
            self.close()
            raise

    def _load(self) -> None:
        create: Callable[[str, int], int] = libbpf.create_ring
        if self._object.has_map(RING_MASK):
            create = create_cpu_ring
            self.behind_bytes = BEHIND_RING
            self._object.set_constant(RING_MASK, (self.ring_bytes - 1).to_bytes(8, "little"))
        self.ring_fds = [create(f"ring{cpu}", self.ring_bytes) for cpu in self.cpus]
        programs = set(self._object.programs())
        wanted = wanted_programs(self.plan) & programs
        self._object.select(lambda name: name in wanted)
        for name in ("rings", "writers"):
            self._object.resize(name, max(self.cpus) + 1)
        self._object.resize("counters", self.possible_cpus)
        thread_ids = int(Path("/proc/sys/kernel/pid_max").read_text())
        self._object.resize("followed", thread_ids)
        self._object.resize("outdated", thread_ids // OUTDATED_BITS + 1)
        if self.plan.stacks:
            asked = sum(1 << STACKS.index(name) for name in self.plan.stacks)
            self._object.set_constant(".rodata.stacks", asked.to_bytes(4, "little"))
        if self._functions:
            self._object.resize("user_probes", len(self._functions))
        self._object.set_inner("rings", self.ring_fds[0])
        self._object.load()
        self.counters = self._object.map("counters")
        self._drops = self._object.map("drops_by_origin")
        self._followed = self._object.map("followed")
        rings = self._object.map("rings")
        for cpu, fd in zip(self.cpus, self.ring_fds, strict=True):
            rings.update(cpu, fd)
        for name in wanted:
            side, _, family = name.partition("_")
            if side in ("enter", "exit") and family in FAMILIES:
                self._object.map(f"{side}_families").update(FAMILIES.index(family), self._object.program_fd(name))
        for index, function in enumerate(self._functions):
            text = os.fsencode(function.probe).ljust(PROBE_TEXT_SIZE, b"\0")
            self._object.map("user_probes").update(index, function.at_return.to_bytes(4, "little") + text)
        self.configure(self.plan)
        self._wanted = wanted

    def attach(self) -> None:
        """Starts recording."""
        # Whoever follows must be there before the first fork is recorded, and the exit of a call before its entry.
        order = [RENAMER, *FOLLOWERS, "sched_process_exit", *TRACEPOINTS, "sys_exit", "sys_enter"]
        for name in order:
            if name in self._wanted:
                self._object.attach(name)
        for index, function in enumerate(self._functions):
            for offset in function.offsets:
                self._object.attach_to_function(USER_PROBE, function.path, offset, function.at_return, index)

    def configure(self, plan: Plan) -> None:
        """Tells the running probe what to record."""
        for pid in plan.pids:
            self.follow(pid)
        self._object.map(".data.config").update(0, config_for(plan, self.clock_offset))
        self.plan = plan

    def lacks(self, plan: Plan) -> set[str]:
        """The programs that a plan needs and that are not loaded."""
        return wanted_programs(plan) - self._wanted

    def follow(self, pid: int) -> None:
        """Records the threads of a process, and whatever they start from now on."""
        for tid in threads_of(pid):
            self._followed.update(tid, b"\1")

    def statistics(self) -> Statistics:
        """What the probe has counted since it was loaded."""
        values = {cpu: self.counters.lookup(cpu) for cpu in range(self.possible_cpus)}
        counters = {cpu: CpuCounters.from_buffer_copy(value) for cpu, value in values.items() if value is not None}
        return statistics_of(counters, self.cpus, self._drops_of)

    def _drops_of(self, origin: int) -> int:
        return int.from_bytes(self._drops.lookup(origin) or b"", "little")

    def detach(self) -> None:
        """Stops recording; what is in the rings stays there."""
        self._object.detach()

    def close(self) -> None:
        """Frees everything; may be called twice."""
        self._object.close()
        for fd in self.ring_fds:
            os.close(fd)
        self.ring_fds = []


def create_cpu_ring(name: str, size: int) -> int:
    """A `struct cpu_ring` with `size` bytes of data (a power of two); its file descriptor."""
    from tracer.drivers.ebpf import pieces

    return pieces.create_map(pieces.ARRAY, name, RING_POSITIONS + size + BEHIND_RING, 1, flags=pieces.MMAPABLE).fd


def wanted_programs(plan: Plan) -> set[str]:
    """The programs that a plan needs."""
    programs = {RENAMER, "sys_exit"} | {f"exit_{family}" for family in FAMILIES[2:]}
    if plan.enter_events:
        programs |= {"sys_enter"} | {f"enter_{family}" for family in FAMILIES[2:]}
    elif plan.toctou:
        programs |= {"sys_enter", "enter_general", "enter_network"}
    programs |= plan.tracepoints & set(TRACEPOINTS)
    if plan.stacks:
        programs.add("exit_fixed")
    if plan.probes:
        programs.add(USER_PROBE)
    if plan.pids:
        programs |= set(FOLLOWERS)
    if plan.pids or "sched_process_exit" in plan.tracepoints:
        programs.add("sched_process_exit")
    return programs
