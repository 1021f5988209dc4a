"""What plugins are made of: fields, consumers, chisels, output formats, commands and container engines.

A plugin is a module that an entry point of the group ``tracer`` names. It implements some of the hooks of
`tracer.core.hooks`, each marked with `hookimpl`, and returns the things that are described here. Drivers have a module
of their own, `tracer.core.driver`.

A plugin is loaded with every command that may need it: what it imports at its top, everybody waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

from tracer.core.hooks import hookimpl as hookimpl

if TYPE_CHECKING:
    import argparse

    from tracer.core._engine import Descriptor as Descriptor
    from tracer.core._engine import Event as Event
    from tracer.core._engine import Thread as Thread
    from tracer.core.api import EventStream as EventStream
    from tracer.core.chisel import RowChisel as RowChisel


class PluginError(Exception):
    """A plugin cannot do what it was asked for. The message is for the user: what is wrong, and what mends it."""


class Needs(NamedTuple):
    """What a plugin has to see: the capture plan is computed from it, and it is called for nothing else."""

    filter: str = ""
    """Only events that this lets through, in the language of filters; "" for all."""
    event_types: Collection[str] | None = None
    """Only events of these types, as evt.type names them; None for all."""
    fields: Collection[str] = ()
    """Fields that it will read, with their arguments if they have any: ``proc.name``, ``evt.arg.flags``."""
    enter_events: bool = False
    """True if it wants enter events too, or knows of a field that needs them."""
    page_faults: bool = False
    """True if it wants page faults too."""
    snaplen_bytes: int = 0
    """How much of each data buffer it needs at least; 0 for what the user asked for."""


class StreamHandle(Protocol):
    """A running stream, as plugins see it. Its methods may be called from any thread, at any time."""

    @property
    def is_live(self) -> bool:
        """True if the events are of this machine, now; False for those of a capture or a script."""

    def add_event(self, name: str, data: bytes | str, *, plugin_id: int = 0, tid: int = -1) -> None:
        """Adds an asynchronous event, of type `asyncevent`, at the place that the stream has reached.

        It passes filters, is printed, and is recorded by ``-w``, as any other event. `tid` is the thread that it is
        about; -1 for none. `plugin_id` is the plugin's number as Falco's plugin registry gives it; 0 has none.
        """

    def set_container(self, container: Mapping[str, object]) -> None:
        """Says what is known of a container; takes effect, and is recorded, at the place that the stream has reached.

        The keys are those of `tracer.EventStream.set_container`. Raises ValueError without an id.
        """


Scalar: TypeAlias = "int | float | str | bytes | bool"
FieldValue: TypeAlias = "Scalar | Sequence[Scalar] | None"


class Field(NamedTuple):
    """Something to know of an event by name: in filters, formats, columns, rules and ``event["name"]``."""

    name: str
    """FAMILY.NAME, in lower case."""
    type: str
    """What the values are: charbuf (text), bytebuf (bytes), bool, double, int64, uint64, port, uid, pid, fd,
    reltime (nanoseconds), abstime (nanoseconds since the epoch), ipaddr (bytes or text of an address), fspath (a path),
    or any other type of event parameters whose values are numbers."""
    description: str
    """One sentence for ``tracer -l``."""
    extract: Callable[[Event, Any], FieldValue]
    """The value for an event; None where it has none. The second argument is what `parse_argument` made of the field's
    argument, or its text, or None. A list field returns a sequence. It is called only for events that everything
    cheaper has let through, and must not keep the event."""
    argument: Literal["none", "optional", "required"] = "none"
    """Whether the field takes an argument, as in ``name[argument]``."""
    parse_argument: Callable[[str | None], object] | None = None
    """Turns the argument's text into what `extract` is given; raises ValueError with a reason for the user."""
    is_list: bool = False
    """True if it may have any number of values."""
    per: Literal["event", "thread", "process", "descriptor"] = "event"
    """What the value depends on. What is not of the event is computed once and kept, until the thread or process ends
    or becomes another program, or the descriptor is closed."""
    needs: Needs = Needs()
    """What has to be recorded for it. Where it names event types, other events have no value."""
    consumer: Callable[[], Consumer] | None = None
    """Makes a consumer that runs wherever the field is in use, to keep what the field tells of up to date."""


class ThreadState:
    """What a plugin keeps for each thread of a stream: made when first asked for, dropped when the thread ends.

    Made once, at the top of a module::

        opened = ThreadState(int)

        opened[event]          # of the event's thread
        opened[event] += 1
    """

    def __init__(
        self, make: Callable[[], object] | None = None, *, inherit: Callable[[Any], object] | None = None
    ) -> None:
        """`make` gives the first value of a thread (None without it); `inherit` makes a new thread's from its parent's,
        if the parent has one."""
        self.make = make
        self.inherit = inherit

    def __getitem__(self, event: Event) -> Any:
        """That of the event's thread; of an event without one it is a first value, which is not kept.

        Raises ValueError if the event is not the stream's latest.
        """
        return event.thread_state(self)

    def __setitem__(self, event: Event, value: object) -> None:
        event.set_thread_state(self, value)


class DescriptorState:
    """The same for each descriptor: dropped when it is closed."""

    def __init__(self, make: Callable[[], object] | None = None) -> None:
        self.make = make

    def __getitem__(self, event: Event) -> Any:
        """That of the event's descriptor; of an event without one it is a first value, which is not kept.

        Raises ValueError if the event is not the stream's latest.
        """
        return event.descriptor_state(self)

    def __setitem__(self, event: Event, value: object) -> None:
        event.set_descriptor_state(self, value)


@runtime_checkable
class Consumer(Protocol):
    """Gets events while a stream runs, whatever else becomes of them.

    It runs where the user asks for it (``tracer --with NAME``, ``tracer.open(..., consumers=[...])``) or a field that
    needs it is in use.
    """

    def needs(self) -> Needs:
        """What it wants to see. Asked once, before the stream is opened."""

    def start(self, stream: StreamHandle) -> None:
        """The stream begins. Raises PluginError if it cannot do its work."""

    def on_event(self, event: Event) -> None:
        """An event that it needs, in order, on the thread that reads the stream."""

    def finish(self) -> None:
        """The stream has ended. Called once, if `start` was."""


class ConsumerKind(NamedTuple):
    """A consumer that users can ask for by name."""

    name: str
    """What stands after ``--with``."""
    summary: str
    make: Callable[[str], Consumer]
    """Makes one from what follows ``NAME:``; "" for nothing. Raises PluginError."""


class ChiselArgument(NamedTuple):
    """What a chisel is told on the command line, by its place."""

    name: str
    description: str
    kind: str = "string"
    """string, int, ipv4, filter, ...: for the user; "filter" takes the rest of the command line as one argument."""
    is_optional: bool = False


@runtime_checkable
class Chisel(Protocol):
    """A small program over a stream, as ``tracer -c NAME [ARGUMENTS]`` runs it.

    It is anything that makes a running chisel when it is called: a class with these attributes, for instance.
    """

    name: str
    category: str
    """Heading of ``-cl``."""
    summary: str
    """One line for ``-cl``."""
    description: str
    """What ``-i NAME`` tells."""
    arguments: Sequence[ChiselArgument]

    def __call__(self, arguments: Sequence[str], environment: ChiselEnvironment) -> RunningChisel | RowChisel:
        """Makes one for these arguments. Raises PluginError for arguments that do not fit."""


@runtime_checkable
class ChiselFinder(Protocol):
    """Knows chisels that are not a plugin's own: scripts in files. Asked for names that no plugin's chisel has."""

    name: str
    """``-c NAME:CHISEL`` asks this one alone."""
    summary: str

    def find(self, chisel: str) -> Chisel | None:
        """The chisel of this name, or in this file; None if there is none. Raises PluginError if it is broken."""

    def all(self) -> Iterable[Chisel]:
        """All that can be found by name."""


class ChiselEnvironment(NamedTuple):
    """What the command line says to chisels."""

    write: Callable[[str], object]
    """Writes text to where output goes."""
    is_terminal: bool = False
    """True if the output is a terminal."""
    filter: str = ""
    """The filter of the command line."""
    format: str = ""
    """The format of -p; "" if there is none."""
    json: bool = False
    """Whether JSON was asked for (-j)."""
    data: str = "dotted"
    """How data buffers are printed: dotted, printable (-A), hex (-x), hex_ascii (-X), base64 (-b)."""
    time: str = "h"
    """The letter of -t."""
    verbose: bool = False
    snaplen_bytes: int = 80
    is_live: bool = False
    capture: str = ""
    """The file that is read; "" if it is none."""
    follows_processes: bool = False
    """True if only some processes are traced, as by ``tracer run``."""
    draws: bool = False
    """True if the output is a terminal that shows nothing else, which live tables may be drawn on."""


@runtime_checkable
class RunningChisel(Protocol):
    """A chisel at work. `ChiselBase` has what most leave as it is."""

    interval_ns: int
    """How often `on_interval` is called, by the times of the events; 0 for never."""

    def needs(self) -> Needs:
        """Which events it gets: asked once, before the stream is opened."""

    def start(self, stream: EventStream) -> None:
        """The stream begins."""

    def on_event(self, event: Event) -> None:
        """An event that the command line's filter and its own let through."""

    def on_interval(self, time_ns: int) -> None:
        """Another interval is over, at `time_ns` (nanoseconds since the epoch)."""

    def finish(self, time_ns: int) -> None:
        """The stream has ended, its last event was at `time_ns`; 0 if there was none."""


class ChiselBase:
    """A chisel of one's own is a class derived from this one, which replaces what it needs.

    Its attributes `name` and `summary` are to be given; the class itself is what `tracer_chisels` returns.
    """

    category: str = "Other"
    description: str = ""
    arguments: Sequence[ChiselArgument] = ()
    interval_ns: int = 0

    def __init__(self, arguments: Sequence[str], environment: ChiselEnvironment) -> None:
        self.values = arguments
        """What was given for `arguments`, as far as it was given."""
        self.environment = environment

    def needs(self) -> Needs:
        """All events."""
        return Needs()

    def start(self, stream: EventStream) -> None:
        """Nothing to prepare."""

    def on_event(self, event: Event) -> None:
        """Nothing to do."""

    def on_interval(self, time_ns: int) -> None:
        """Nothing to do."""

    def finish(self, time_ns: int) -> None:
        """Nothing to print."""


@runtime_checkable
class OutputFormat(Protocol):
    """A form that events can be exported in: ``tracer export --to NAME``."""

    name: str
    summary: str
    is_text: bool
    """Whether it may be written to a terminal."""

    def needs(self, fields: Sequence[str], options: Mapping[str, str]) -> Needs:
        """What it needs to see, for the user's choice of fields (empty: its own). Raises PluginError."""

    def write(self, stream: EventStream, path: str, fields: Sequence[str], options: Mapping[str, str]) -> None:
        """Writes all events of the stream, which ends where the user stops it, to the file `path` ("-": standard
        output). `options` are those of ``--option KEY=VALUE``. Raises PluginError, OSError."""


@runtime_checkable
class Command(Protocol):
    """A sub-command: ``tracer NAME``."""

    name: str
    summary: str
    """One line for ``tracer --help``."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declares its options. What stands behind ``--`` is added to the arguments as `after_dashes`."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Does its work; the exit status. Raises PluginError, OSError."""


class ContainerReference(NamedTuple):
    """What a thread's control groups say of its container."""

    id: str
    """As fields show it: 12 characters of a hexadecimal id, or a name."""
    full_id: str
    """As long as the control group has it."""
    type: str
    """What runs it, as far as the control group tells; a bare id counts as docker's."""
    is_named_by_id: bool
    """True where the id is a name, as with LXC."""
    cgroup: str
    """Path of the control group; "" where something else tells."""
    pid: int
    """A process that was in it when it was found."""


class LookUpLater(Exception):
    """An engine may know the container a moment later: it is being created, or whatever runs it does not answer."""


@runtime_checkable
class ContainerEngine(Protocol):
    """Knows what there is to know of containers of some kind."""

    name: str
    summary: str
    """One line that says whom it asks."""

    def look_up(self, container: ContainerReference) -> Mapping[str, object] | None:
        """What is known of the container, as `tracer.EventStream.set_container` takes it; None if it is none of its.

        An id, full_id and type that the answer lacks are those of the reference; with "is_partial" the other engines
        are asked too, and may tell more. Called on a thread that is there for that: it may wait, though not for long,
        as other containers wait meanwhile. Raises LookUpLater to be asked again. An engine that raises anything else
        is not asked any more, and the user is told.
        """
