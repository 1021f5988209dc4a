"""/dev/tracer: one open file of it is one consumer of the loaded module's records. device.h says the same in C."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
from collections.abc import Iterable
from pathlib import Path

from tracer.core.driver import DriverError, Plan, Statistics
from tracer.core.schema.tables import FINGERPRINT
from tracer.drivers.probe.configuration import clock_offset, config_for, cpus, ring_size, threads_of
from tracer.drivers.probe.counting import statistics_of
from tracer.drivers.probe.layout import DROP_ORIGINS as ORIGINS_OF_TRACEPOINTS
from tracer.drivers.probe.layout import PROBE_FORMAT, SYSCALL_ID_MAX, CpuCounters, ProbeConfig

DEVICE = Path("/dev/tracer")
IDENTITY = f"tracer-probe {PROBE_FORMAT} {FINGERPRINT}"
"""What a module of this version says of itself."""
IDENTITY_SIZE = 64
ORIGIN_MAX = SYSCALL_ID_MAX + len(ORIGINS_OF_TRACEPOINTS)
TRACEPOINT_BITS = (
    "task_rename",
    "sched_process_fork",
    "sched_process_exec",
    "sched_process_exit",
    "sched_switch",
    "signal_deliver",
    "page_fault_user",
    "page_fault_kernel",
    "sys_exit",
    "sys_enter",
)
"""`enum tracepoint_bit`."""


def _request(direction: int, number: int, size: int) -> int:
    """`_IOC` of the kernel's headers."""
    return direction << 30 | size << 16 | ord("t") << 8 | number


_WRITE, _READ = 1, 2
GET_IDENTITY = _request(_READ, 0, IDENTITY_SIZE)
CREATE_RINGS = _request(_WRITE, 1, 8)
GET_RING = _request(_WRITE, 2, 4)
CONFIGURE = _request(_WRITE, 3, ctypes.sizeof(ProbeConfig))
ATTACH = _request(_WRITE, 4, 4)
FOLLOW = _request(_WRITE, 5, 4)
GET_DROPS = _request(_READ, 6, 8 * ORIGIN_MAX)


class Device:
    """A consumer. Raises OSError where the kernel refuses, DriverError for a module of another version."""

    def __init__(self, plan: Plan, path: Path = DEVICE) -> None:
        self.plan = plan
        self.cpus = cpus("online")
        self.possible_cpus = max(cpus("possible")) + 1
        """Events of those that come online later are counted, as dropped."""
        self.clock_offset = clock_offset()
        self.ring_bytes = ring_size(plan.buffer_bytes)
        self.ring_fds: list[int] = []
        self._counters: mmap.mmap | None = None
        self.fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise

    def _set_up(self) -> None:
        check_identity(self._get(GET_IDENTITY, IDENTITY_SIZE))
        self._counters = mmap.mmap(
            self.fd, self.possible_cpus * ctypes.sizeof(CpuCounters), mmap.MAP_SHARED, mmap.PROT_READ
        )
        fcntl.ioctl(self.fd, CREATE_RINGS, self.ring_bytes.to_bytes(8, "little"))
        with_rings = []
        for cpu in self.cpus:
            try:
                fd = fcntl.ioctl(self.fd, GET_RING, bytearray(cpu.to_bytes(4, "little")))
            except OSError as error:
                if error.errno != errno.ENODEV:
                    raise
                continue  # has just gone offline
            self.ring_fds.append(fd)
            with_rings.append(cpu)
        self.cpus = with_rings
        self.configure(self.plan)

    def configure(self, plan: Plan) -> None:
        """Tells the module what to record."""
        for pid in plan.pids:
            self.follow(pid)
        fcntl.ioctl(self.fd, CONFIGURE, bytearray(config_for(plan, self.clock_offset)))
        self.plan = plan

    def attach(self) -> None:
        """Records at the tracepoints of the plan."""
        self._attach(wanted_tracepoints(self.plan))

    def detach(self) -> None:
        """Stops recording; what is in the rings stays there."""
        self._attach(())

    def _attach(self, tracepoints: Iterable[str]) -> None:
        bits = sum(1 << TRACEPOINT_BITS.index(name) for name in tracepoints)
        fcntl.ioctl(self.fd, ATTACH, bits.to_bytes(4, "little"))

    def follow(self, pid: int) -> None:
        """Records the threads of a process, and whatever they start from now on."""
        for tid in threads_of(pid):
            fcntl.ioctl(self.fd, FOLLOW, tid.to_bytes(4, "little"))

    def statistics(self) -> Statistics:
        """What the module has counted for this consumer."""
        size = ctypes.sizeof(CpuCounters)
        memory = self._counters or b"\0" * (size * self.possible_cpus)
        counters = {cpu: CpuCounters.from_buffer_copy(memory, cpu * size) for cpu in range(self.possible_cpus)}
        drops = memoryview(self._get(GET_DROPS, 8 * ORIGIN_MAX)).cast("Q")
        return statistics_of(counters, self.cpus, lambda origin: int(drops[origin]))

    def _get(self, request: int, size: int) -> bytes:
        buffer = bytearray(size)
        fcntl.ioctl(self.fd, request, buffer)
        return bytes(buffer)

    def close(self) -> None:
        """Gives everything back, the rings as soon as nobody maps them; may be called twice."""
        if self._counters is not None:
            self._counters.close()
            self._counters = None
        for fd in self.ring_fds:
            os.close(fd)
        self.ring_fds = []
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def check_identity(identity: bytes) -> None:
    """Raises DriverError if this is not what a module of this version says of itself."""
    text = identity.split(b"\0")[0].decode(errors="replace")
    if text != IDENTITY:
        raise DriverError(
            f"kmod: the loaded module is of another version of tracer (it says {text!r}, needed is {IDENTITY!r}); "
            "replace it: tracer drivers unload kmod, then tracer drivers load kmod"
        )


def wanted_tracepoints(plan: Plan) -> set[str]:
    """The tracepoints that a plan needs."""
    names = {"task_rename", "sys_exit"} | (plan.tracepoints & set(TRACEPOINT_BITS[3:-2]))
    if plan.enter_events or plan.toctou:
        names.add("sys_enter")
    if plan.pids:
        names |= {"sched_process_fork", "sched_process_exec", "sched_process_exit"}
    return names
