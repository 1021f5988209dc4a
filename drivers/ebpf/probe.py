"""The probe in the kernel: loads what a plan needs, attaches it, configures it, counts."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from tracer.core.driver import Counts, Plan, Statistics
from tracer.core.schema.tables import EVENT_TYPE_BY_ENUM, SYSCALL_IDS, SYSCALLS
from tracer.drivers.ebpf import libbpf
from tracer.drivers.probe.layout import (
    DROP_ORIGINS,
    DROP_REASONS,
    EXCLUDES_NOBODY,
    SNAPLEN_MAX,
    SYSCALL_ID_MAX,
    CpuCounters,
    ProbeConfig,
)

FAMILIES = ("none", "fixed", "general", "io", "network", "process")
"""`enum family` of syscalls.h: programs that the dispatchers call, by their place in the maps."""
TRACEPOINTS = ("sched_switch", "signal_deliver", "page_fault_user", "page_fault_kernel")
FOLLOWERS = ("follow_fork", "follow_exec")


class Probe:
    """A loaded probe. Raises LibbpfError where the kernel refuses."""

    def __init__(self, path: str, plan: Plan) -> None:
        self.plan = plan
        self.cpus = cpus("online")
        self.possible_cpus = max(cpus("possible")) + 1
        """Events of those that come online later are counted, as dropped."""
        self.ring_bytes = ring_size(plan.buffer_bytes)
        self.ring_fds: list[int] = []
        self._object = libbpf.Object(path)
        try:
            self._load()
        except BaseException:
            self.close()
            raise

    def _load(self) -> None:
        self.ring_fds = [libbpf.create_ring(f"ring{cpu}", self.ring_bytes) for cpu in self.cpus]
        programs = set(self._object.programs())
        wanted = wanted_programs(self.plan) & programs
        self._object.select(lambda name: name in wanted)
        for name in ("rings", "writers"):
            self._object.resize(name, max(self.cpus) + 1)
        self._object.resize("counters", self.possible_cpus)
        self._object.resize("followed", int(Path("/proc/sys/kernel/pid_max").read_text()))
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
        self.configure(self.plan)
        self._wanted = wanted

    def attach(self) -> None:
        """Starts recording."""
        # Whoever follows must be there before the first fork is recorded, and the exit of a call before its entry.
        order = [*FOLLOWERS, "sched_process_exit", *TRACEPOINTS, "sys_exit", "sys_enter"]
        for name in order:
            if name in self._wanted:
                self._object.attach(name)

    def configure(self, plan: Plan) -> None:
        """Tells the running probe what to record."""
        config = ProbeConfig()
        config.clock_offset = time.clock_gettime_ns(time.CLOCK_REALTIME) - time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        config.snaplen = min(plan.snaplen_bytes, SNAPLEN_MAX)
        config.excluded_pid = os.getpid() if plan.exclude_self else EXCLUDES_NOBODY
        config.follow = bool(plan.pids)
        config.process_exit = "sched_process_exit" in plan.tracepoints
        config.last_call = bool(config.process_exit) and not plan.enter_events
        for number in wanted_syscall_ids(plan.syscalls):
            config.syscalls[number // 64] |= 1 << number % 64
        for pid in plan.pids:
            self.follow(pid)
        self._object.map(".data.config").update(0, config)
        self.plan = plan

    def lacks(self, plan: Plan) -> set[str]:
        """The programs that a plan needs and that are not loaded."""
        return wanted_programs(plan) - self._wanted

    def follow(self, pid: int) -> None:
        """Records the threads of a process, and whatever they start from now on."""
        tasks = Path(f"/proc/{pid}/task")
        tids = [int(entry.name) for entry in tasks.iterdir()] if tasks.exists() else []
        for tid in tids:
            self._followed.update(tid, b"\1")

    def statistics(self) -> Statistics:
        """What the probe has counted since it was loaded."""
        total = Statistics()
        by_reason = [0] * len(DROP_REASONS)
        for cpu in range(self.possible_cpus):
            value = self.counters.lookup(cpu)
            if value is None:
                continue
            counts = CpuCounters.from_buffer_copy(value)
            if counts.seen or cpu in self.cpus:
                total.by_cpu[cpu] = Counts(counts.seen, counts.emitted, sum(counts.dropped))
            total.seen += counts.seen
            total.emitted += counts.emitted
            for index, count in enumerate(counts.dropped):
                by_reason[index] += count
        total.dropped = sum(by_reason)
        total.drops = {reason: count for reason, count in zip(DROP_REASONS, by_reason, strict=True) if count}
        if total.dropped:
            total.drops_by_syscall = self._drops_by_origin()
        return total

    def _drops_by_origin(self) -> dict[str, int]:
        names = {number: name for name, number in SYSCALL_IDS.items()}
        names |= {SYSCALL_ID_MAX + index: name for index, name in enumerate(DROP_ORIGINS)}
        counts = {}
        for number, name in names.items():
            value = self._drops.lookup(number)
            count = int.from_bytes(value, "little") if value else 0
            if count:
                counts[name] = count
        return counts

    def detach(self) -> None:
        """Stops recording; what is in the rings stays there."""
        self._object.detach()

    def close(self) -> None:
        """Frees everything; may be called twice."""
        self._object.close()
        for fd in self.ring_fds:
            os.close(fd)
        self.ring_fds = []


def wanted_programs(plan: Plan) -> set[str]:
    """The programs that a plan needs."""
    programs = {"sys_exit"} | {f"exit_{family}" for family in FAMILIES[2:]}
    if plan.enter_events:
        programs |= {"sys_enter"} | {f"enter_{family}" for family in FAMILIES[2:]}
    programs |= plan.tracepoints & set(TRACEPOINTS)
    if plan.pids:
        programs |= set(FOLLOWERS)
    if plan.pids or "sched_process_exit" in plan.tracepoints:
        programs.add("sched_process_exit")
    return programs


def wanted_syscall_ids(syscalls: Iterable[str] | None) -> set[int]:
    """The ids to record: those asked for, and those that the thread and descriptor tables need."""
    if syscalls is None:
        return set(range(SYSCALL_ID_MAX))
    ids = {SYSCALL_IDS[name] for name in syscalls if name in SYSCALL_IDS}
    for rows in SYSCALLS.values():
        for name, stem in rows.values():
            event = EVENT_TYPE_BY_ENUM.get(f"{stem}_X")
            if event and "modifies_state" in event.flags:
                ids.add(SYSCALL_IDS[name])
    return ids


def cpus(kind: str) -> list[int]:
    """The numbers of the CPUs that are `online` or `possible`."""
    cpus: list[int] = []
    for part in Path(f"/sys/devices/system/cpu/{kind}").read_text().strip().split(","):
        first, _, last = part.partition("-")
        cpus.extend(range(int(first), int(last or first) + 1))
    return cpus


def ring_size(wanted_bytes: int) -> int:
    """The next power of two that is at least a page."""
    size = os.sysconf("SC_PAGE_SIZE")
    while size < wanted_bytes:
        size *= 2
    return size
