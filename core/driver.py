"""The driver interface: what stands between a source of event records and everything above it.

A driver is a pluggy plugin of the entry-point group ``tracer`` that implements `tracer_drivers`. Third parties import
what they need from here.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Buffer

    from tracer.core._engine import NativeSource
    from tracer.core.hooks import hookimpl as hookimpl
    from tracer.core.predicate import Predicate

ENTRY_POINT_GROUP = "tracer"
TOCTOU_CALLS = frozenset({"open", "openat", "openat2", "creat", "connect"})
"""System calls whose arguments in memory decide what is opened or connected to (see `Plan.toctou`)."""


class DriverError(Exception):
    """A driver cannot do what was asked. The message is for the user: what is wrong, and what mends it.

    It is one line, but for the list of all drivers when none of them can run.
    """


class Plan(NamedTuple):
    """What a source is asked to deliver: computed from the filter, the output and the plugins that run.

    A source may deliver more than the plan asks for, never less.
    """

    syscalls: frozenset[str] | None = None
    """Names of the system calls to deliver; None for all. Calls that change state are always delivered."""
    enter_events: bool = False
    """True if enter events are wanted too; otherwise only the exit event of a call."""
    predicate: Predicate | None = None
    """Which of the events of these calls may be left out; None for none. They count as not seen."""
    tracepoints: frozenset[str] = frozenset({"sched_process_exit", "signal_deliver"})
    """Of `sched_switch`, `sched_process_exit`, `signal_deliver`, `page_fault_user`, `page_fault_kernel`."""
    toctou: bool = False
    """True if the enter events of `TOCTOU_CALLS` are wanted in any case. Another thread may change what these are given
    while they run; only their enter events tell what it was before."""
    snaplen_bytes: int = 80
    """How many bytes of each data buffer to keep."""
    dynamic_snaplen: bool = False
    """True to keep more, up to 2000 bytes, of what sockets carry that looks like HTTP, MySQL, PostgreSQL or MongoDB, or
    goes to `statsd_port`, and 512 bytes of what goes to port 53."""
    statsd_port: int = 8125
    """The port of statsd, for `dynamic_snaplen`."""
    full_capture_ports: tuple[int, int] = (0, 0)
    """First and last port whose sockets' data is kept up to 16000 bytes; (0, 0) for none."""
    buffer_bytes: int = 8 * 1024 * 1024
    """Size of each per-CPU ring buffer."""
    pids: frozenset[int] = frozenset()
    """Processes to follow, with their descendants; empty for the whole machine."""
    exclude_self: bool = True
    """True to leave out the events of the tracing process."""
    probes: tuple[str, ...] = ()
    """User probes: ``uprobe:PATH:SYMBOL[+OFFSET]`` for calls of a function of a program or library,
    ``uretprobe:PATH:SYMBOL`` for its returns. Each becomes an event `notification`."""
    stacks: frozenset[str] = frozenset()
    """Stack traces to add to the exit events of system calls: of `user`, `kernel`."""
    follow: bool = False
    """True to wait, at the end of a capture, for more to be written to it."""

    def needs(self) -> frozenset[str]:
        """The capabilities that a driver must have for this plan."""
        needed = {"uprobes": self.probes, "stacks": self.stacks}
        return frozenset(name for name, asked in needed.items() if asked)


class Readiness(NamedTuple):
    """Whether a driver can run here and now."""

    usable: bool
    reason: str = ""
    """One line: why not, or what makes it usable."""
    remedy: str = ""
    """What would mend it; "" if usable or if nothing would."""


class Counts(SimpleNamespace):
    """``seen == emitted + dropped``, but for events that are just under way."""

    seen: int
    emitted: int
    """Without the events `drop`, which say in the stream how many were dropped there."""
    dropped: int

    def __init__(self, seen: int = 0, emitted: int = 0, dropped: int = 0) -> None:
        super().__init__(seen=seen, emitted=emitted, dropped=dropped)


class Statistics(Counts):
    """Counts since a source was opened."""

    drops: dict[str, int]
    """Dropped events by reason."""
    drops_by_syscall: dict[str, int]
    """Dropped events by the name of the system call (or tracepoint)."""
    by_cpu: dict[int, Counts]
    """The same counts for each CPU; their sums are the counts above. Empty where a source does not know."""

    def __init__(self, seen: int = 0, emitted: int = 0, dropped: int = 0) -> None:
        super().__init__(seen, emitted, dropped)
        self.drops = {}
        self.drops_by_syscall = {}
        self.by_cpu = {}


@runtime_checkable
class Source(Protocol):
    """A running capture. All methods are called from one thread.

    Records travel in batches. A batch is any buffer that holds, back to back, for each event: u16 CPU, u32 flags, then
    the scap v2 event record. Records are in order of time. Flags are 0, or the sum of: 1 for a record that only updates
    state, 1 << 31 for the first record of a new section: then what was known is forgotten and `tables` asked again.
    """

    def tables(self) -> Buffer | None:
        """The machine, users, processes and descriptors at the start, as scap metadata blocks; None to read /proc."""

    def read(self, timeout_s: float) -> Buffer | None:
        """The next batch; an empty one if nothing came within `timeout_s`; None when there is no more."""

    def replan(self, plan: Plan) -> None:
        """Goes on under another plan. Raises DriverError, and goes on as before, if it cannot deliver that."""

    def statistics(self) -> Statistics:
        """What has been seen and lost so far."""

    def close(self) -> None:
        """Stops and frees everything; may be called twice."""


@runtime_checkable
class NativeCapable(Protocol):
    """A source whose records the engine can fetch itself, without Python in between. Then `read` is not called."""

    def native(self) -> NativeSource | None:
        """The engine's own source, or None if this run needs `read`."""


@runtime_checkable
class Driver(Protocol):
    """A way to get events."""

    name: str
    """What the user types after ``--driver``."""
    summary: str
    """One line that says what it is."""
    capabilities: frozenset[str]
    """Of `kernel_follow`, `kernel_syscall_mask`, `kernel_filter`, `enter_events`, `replan`, `stacks`, `uprobes`, ..."""

    def readiness(self, argument: str) -> Readiness:
        """Whether `open` would work with this argument (what follows ``NAME:``; "" for none)."""

    def open(self, argument: str, plan: Plan) -> Source:
        """Starts a capture. Raises DriverError."""


class BuildOptions(NamedTuple):
    """What a driver shall build, and where to put it. A driver refuses what it cannot do."""

    kernel: str = ""
    """Release of the kernel to build for; "" for the one that runs."""
    output: Path | None = None
    """Where to put it; None for where the driver itself looks."""
    install: bool = False
    """Also put it where the machine looks for such things, for all users and later starts."""
    dkms: bool = False
    """Instead have the machine build it again for each new kernel."""


@runtime_checkable
class Buildable(Protocol):
    """A driver that compiles what it gives to the kernel."""

    def build(self, options: BuildOptions) -> Path:
        """Builds; where the result stands. Raises DriverError."""


@runtime_checkable
class Loadable(Protocol):
    """A driver with a part that stays in the kernel while nobody records."""

    def load(self, argument: str) -> str:
        """Puts it into the kernel; one line that says what was loaded. `argument` as for `open`. Raises DriverError."""

    def unload(self) -> str:
        """Takes it out again; one line that says what was done. Raises DriverError."""


def engine_source(source: Source) -> NativeSource:
    """What an engine session takes for `source`: the engine's own source where it has one, else one that calls it."""
    native = source.native() if isinstance(source, NativeCapable) else None
    if native is not None:
        return native
    from tracer.core._engine import BatchSource

    return BatchSource(source)


def __getattr__(name: str) -> object:
    """`hookimpl`, loaded when it is first asked for: reading a capture needs no plugins."""
    if name != "hookimpl":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tracer.core.hooks import hookimpl

    return hookimpl
