"""Chisels that get rows: the values of the fields that they name, of the events that they want.

The engine evaluates a chisel's filter and reads its fields; Python runs for what passes, with values in hand. That is
the quick way to write a chisel; `tracer.core.plugin.ChiselBase` is the one that gets whole events.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from tracer.core.cli.formats import PLAIN as DEFAULT_FORMAT
from tracer.core.plugin import ChiselArgument as ChiselArgument
from tracer.core.plugin import ChiselEnvironment as ChiselEnvironment
from tracer.core.plugin import Needs
from tracer.core.plugin import PluginError as PluginError

if TYPE_CHECKING:
    from tracer.core._engine import Endpoint as Endpoint
    from tracer.core._engine import Event
    from tracer.core._engine import ListedDescriptor as ListedDescriptor
    from tracer.core._engine import ListedThread as ListedThread
    from tracer.core.api import EventStream

Row: TypeAlias = "tuple[Any, ...]"
"""The values of a chisel's fields, in their order: None where the event has none; text as str, data as bytes."""

NS_PER_S = 1_000_000_000

__all__ = [
    "DEFAULT_FORMAT",
    "ChiselArgument",
    "ChiselEnvironment",
    "ChiselRun",
    "ListedContainer",
    "Machine",
    "PluginError",
    "Row",
    "RowChisel",
    "Tick",
]

CONTAINER_FORMATS = ("c", "container", "k", "kubernetes", "m", "mesos")
"""Formats of -p after which chisels tell of containers."""


class Tick(NamedTuple):
    """The end of an interval, in nanoseconds."""

    time_ns: int
    """Since the epoch."""
    delta_ns: int
    """Since the tick before; 0 at the first."""


class ListedContainer(NamedTuple):
    """A container that is known."""

    type: str
    id: str
    name: str
    image: str


class Machine(NamedTuple):
    """The machine that the events are of."""

    cpus: int
    memory_bytes: int
    max_pid: int
    hostname: str


class ChiselRun(Protocol):
    """The stream that chisels run over. What is known of threads is as the latest row found it, for a chisel with
    `follows_state`."""

    @property
    def is_live(self) -> bool:
        """True if the events are of this machine, now."""

    @property
    def first_time_ns(self) -> int:
        """When the first event of all happened, in nanoseconds since the epoch; 0: there was none yet."""

    @property
    def last_time_ns(self) -> int:
        """The same for the latest event, whether it passed filters or not."""

    @property
    def progress(self) -> float:
        """How far a capture has been read, 0 to 100."""

    @property
    def events(self) -> EventStream:
        """The stream itself. Events that are taken from it, no chisel gets."""

    def event(self) -> Event:
        """The event of the latest row; for a chisel with `follows_state`."""

    def threads(self, filter: str = "") -> list[ListedThread]:
        """The threads that are known, with their descriptors; those that match the filter, as if an event were about
        them. Raises FilterError."""

    def containers(self) -> list[ListedContainer]:
        """The containers that are known."""

    def machine(self) -> Machine:
        """The machine that the events are of."""

    def end(self) -> None:
        """Ends the run after the row that is being handled."""

    def go_on_with(self, words: Sequence[str]) -> None:
        """After this run, runs tracer with these words as its command line."""


class RowChisel:
    """A chisel of one's own is a class derived from this one, with `name` and `summary` and what else differs.

    What depends on its arguments is set in `set_up`, on `self`.
    """

    name: str
    category: str = "Other"
    summary: str
    description: str = ""
    arguments: Sequence[ChiselArgument] = ()
    fields: Sequence[str] = ()
    """What a row consists of."""
    filter: str = ""
    """Only events that this lets through."""
    interval_ns: int = 0
    """How often `on_interval` is called, by the times of the events; 0 for never."""
    exact_interval: bool = False
    """True for intervals that begin with the first event, and a call for each that is over; else one call at the first
    event after a whole multiple of the interval."""
    enter_events: bool = False
    """True if it wants enter events in a live capture too; in others they come where they were recorded."""
    snaplen_bytes: int = 0
    """How much of each data buffer it needs at least; 0 for what the user asked for."""
    data: str = ""
    """How data buffers are printed where the user says nothing: see `ChiselEnvironment.data`."""
    format: str = ""
    """A format, as of -p: a line of it is printed for each row for which `on_event` returns True."""
    follows_state: bool = False
    """True to get each row when its event happens, with threads and descriptors as they are then; else rows may come
    some at a time."""
    as_bytes: bool = False
    """True to get text as bytes."""
    stream_filter: str = ""
    """A filter for the whole stream, where the command line has none."""
    escapes: bool = True
    """True to have control characters in values escaped where the output is a terminal."""

    def __init__(self, arguments: Sequence[str], environment: ChiselEnvironment) -> None:
        self.values = dict(zip((one.name for one in self.arguments), arguments, strict=False))
        """What was given for `arguments`, by their names."""
        self.environment = environment
        self.run: ChiselRun
        """Once it has started."""
        self.set_up()

    def set_up(self) -> None:
        """Sets what depends on the arguments and the environment. Raises PluginError for what does not fit."""

    def needs(self) -> Needs:
        """What has to be recorded for it."""
        return Needs(
            filter=self.filter, fields=self.fields, snaplen_bytes=self.snaplen_bytes, enter_events=self.enter_events
        )

    @property
    def shows_containers(self) -> bool:
        """Whether the user asked for containers (-pc)."""
        return self.environment.format in CONTAINER_FORMATS

    def print(self, text: str) -> None:
        """Writes a line. Text that came from a field is written as the bytes that it was."""
        self.environment.write(text + "\n")

    def start(self, run: ChiselRun) -> None:
        """The stream begins; the interval may still be set. Raises PluginError."""
        self.run = run

    def on_rows(self, rows: Collection[Row]) -> None:
        """Rows, in order."""
        on_event = self.on_event
        if not self.format:
            for row in rows:
                on_event(*row)
            return
        for *values, line in rows:
            if on_event(*values) and line is not None:
                self.environment.write(line.decode(errors="surrogateescape"))

    def on_event(self, *values: Any) -> object:
        """A row. True has the line of `format` printed, if there is one."""
        return True

    def on_interval(self, tick: Tick, *values: Any) -> None:
        """An interval is over; the row is of the event that told so, whether it passed filters or not."""

    def finish(self) -> None:
        """The stream has ended."""
