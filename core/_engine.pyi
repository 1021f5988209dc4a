"""The native engine: records in; state, filters, text and captures out."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from tracer.core.plugin import DescriptorState, ThreadState

SCHEMA_FINGERPRINT: str

class FormatError(Exception):
    """Bytes that break the capture format; the message names the offset."""

class NativeSource:
    """Where records come from."""

    @property
    def progress(self) -> float:
        """How far a source of known length has come, 0 to 1; negative where that cannot be known."""
    @property
    def statistics(self) -> dict[str, Any]:
        """`seen`, `dropped`; more by kind of source."""

class CaptureSource(NativeSource):
    """A capture file, plain or gzip."""

    def __init__(self, path: str, follow: bool = False) -> None:
        """Opens `path` ("-" for standard input). `follow`: at the end of the file, wait for more to be written to it.

        Raises OSError, FormatError.
        """
    def table_blocks(self) -> bytes:
        """The tables of the section that the last batch is of; at first, of the first one.

        Metadata blocks, as tracer.core.driver.Source.tables gives them. For drivers, like `read_batch`: a source that
        a session reads is the session's alone. Raises FormatError.
        """
    def read_batch(self, max_bytes: int) -> bytes | None:
        """The next events as a batch (see tracer.core.driver.Source) of about `max_bytes`; None at the end.

        Empty if nothing came for a tenth of a second, and where a section begins. Raises FormatError after the last
        batch before the bad place.
        """
    @property
    def section(self) -> int:
        """Number of the section that the last batch is of, from 1; a file of joined captures has several."""

class RingSource(NativeSource):
    """The per-CPU rings of a kernel driver, in the layout of BPF ring buffers."""

    def __init__(
        self,
        *,
        rings: Sequence[tuple[int, int]],
        ring_bytes: int,
        counters_fd: int,
        counters_stride: int,
        counters_cpus: int,
        drop_reasons: int,
        clock_offset: int,
        open_files_fd: int = -1,
        behind_bytes: int = 0,
    ) -> None:
        """`rings` are (descriptor, CPU). The descriptors may be closed afterwards. Raises OSError.

        Behind the data of each ring it shows the same once more, or, where `behind_bytes` is not 0, so many bytes for
        the end of the last record.

        `counters_fd` maps, for each CPU from 0 to `counters_cpus`, `counters_stride` bytes: u64 seen, u64 emitted,
        then `drop_reasons` u64 counts, then u64 dropped that no event `drop` has told of. `clock_offset` is added
        to the boot-time clock to give the times of records, in nanoseconds. `open_files_fd` is the attached
        iterator of open files; -1: there is none, and /proc is read instead.
        """
    def stop(self) -> None:
        """The kernel writes no more: deliver what is left, then end."""
    @property
    def delivered(self) -> int:
        """Records handed to the engine so far."""

class BatchSource(NativeSource):
    """Calls the `tables` and `read` methods of a driver's source (see tracer.core.driver.Source)."""

    def __init__(self, source: object) -> None: ...

class FieldInfo:
    """What a field is."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def argument(self) -> str:
        """One of "none", "optional", "required"."""
    @property
    def is_list(self) -> bool: ...
    @property
    def filter_only(self) -> bool: ...
    @property
    def unlisted(self) -> bool:
        """Works, but is left out of listings."""

    @property
    def is_plugin(self) -> bool:
        """Whether a plugin brings it."""

def fields() -> list[FieldInfo]:
    """All fields, in listing order: the engine's own, then those of plugins."""

def own_fields() -> list[FieldInfo]:
    """The fields of the engine."""

def add_field(
    name: str,
    type: str,
    description: str,
    extract: Callable[[Event, Any], object],
    *,
    argument: str = "none",
    parse_argument: Callable[[str | None], object] | None = None,
    is_list: bool = False,
    per: str = "event",
    codes: Sequence[int] | None = None,
    failed: Callable[[BaseException], None],
) -> None:
    """Adds a field, for good (see tracer.core.plugin.Field). `codes`: of events that may have a value; None for all.

    `failed` gets the exception when `extract` raises one; the field has no value from then on. Raises ValueError.
    """

def load_plugin_fields() -> None:
    """Adds the fields of installed plugins, unless that has happened."""

def switch_off_field(name: str) -> None:
    """The field has no value from now on."""

def plugin_fields_in_use() -> list[str]:
    """Those of plugins' fields that some filter, format or event was asked for."""

def is_list_field(name: str) -> bool:
    """Whether an event may have several values of the field."""

def split_field(text: str) -> tuple[str, str | None, int] | None:
    """The field that `text` begins with: its name, its argument, and the length of both in `text`."""

def check_field(name: str, argument: str | None = None) -> str:
    """The type of the field with this argument. Raises ValueError for what is no field or no argument for it."""

FilterProgram: TypeAlias = tuple[Any, ...]

class Filter:
    """A compiled filter."""

    def __init__(self, program: FilterProgram) -> None:
        """`program` is what `tracer.core.filter.compiler` makes. Raises ValueError for one that cannot be compiled."""
    def may_match(self, code: int, call: int | None = None) -> bool:
        """False if no event with this code ever passes; of a generic event, if none of the call with this id does."""
    @property
    def keeps_history(self) -> bool:
        """Whether an event passes depends on which events were asked for before."""

class FilterSet(Filter):
    """Many filters, asked at once: an event passes if any lets it pass.

    Parts that several have in common are evaluated once for an event, and a filter that the event's type rules out
    costs nothing. For one session at a time.
    """

    def __init__(
        self, programs: Sequence[FilterProgram], *, first_only: bool = False, codes: Iterable[int] | None = None
    ) -> None:
        """`programs` as for Filter. `first_only`: where several filters fit, only the first counts, and no other is
        tried. `codes`: only events with these codes are looked at. Raises ValueError.
        """
    @property
    def matched(self) -> tuple[int, ...]:
        """Which filters let the latest event pass, by their place in `programs`, in order."""

def changes_state(code: int) -> bool:
    """Whether events with this code change what is known of threads and descriptors."""

def regex_error(pattern: bytes) -> str:
    """What is wrong with a regular expression; "" for nothing."""

class Format:
    """How an event becomes text."""

    @staticmethod
    def line(
        format: str, data: str = "dotted", escape_control: bool = False, data_limit: int = 80, time: str = "h"
    ) -> Format:
        """`data` is dotted, printable, hex, hex_ascii or base64; `data_limit` bounds dotted data, 0 does not.

        `time` is what `evt.outputtime` shows: h local time, a since the epoch, r since the first event, d in the call,
        D since the event printed before. Raises ValueError.
        """
    @staticmethod
    def json(format: str, data: str = "dotted") -> Format: ...

class CaptureWriter:
    """Writes what a session lets through to a capture, or to several, one after the other."""

    def __init__(
        self,
        path: str,
        compress: bool,
        session: Session,
        *,
        file_bytes: int = 0,
        file_seconds: int = 0,
        file_events: int = 0,
        files: int = 0,
        before_creating: Callable[[str], None] | None = None,
    ) -> None:
        """Creates the file ("-": standard output) with the session's tables as they are now. Raises OSError.

        A file that has the bytes, seconds or events given has had enough, and another goes on, with its number behind
        the path, or the path as strftime takes it if there are '%' in it and seconds given. `files` is how many of
        them are kept. `before_creating` is told the name of each and may raise.
        """
    def flush(self) -> None:
        """Makes what was written so far a whole capture. Raises OSError."""
    def close(self) -> None:
        """Flushes and closes; later calls do nothing. Raises OSError, unless that was raised before."""
    @property
    def bytes_written(self) -> int: ...

class Descriptor:
    """What is known of one descriptor, copied at one moment."""

    fd: int
    type: str
    name: str
    open_flags: int
    """Those that it was opened with, as in the parameter `flags` of openat; 0 if not known."""
    inode: int
    """Of a file, as is `device`; 0 if not known."""
    device: int

class Thread:
    """What is known of one thread, copied at one moment."""

    tid: int
    pid: int
    ptid: int
    """Of the parent."""
    sid: int
    pgid: int
    vtid: int
    """In the thread's own namespace, as is `vpid`."""
    vpid: int
    uid: int
    gid: int
    name: str
    exe: str
    exepath: str
    args: list[str]
    env: list[str]
    cwd: str
    root: str
    cgroups: list[str]
    container_id: str
    """"" outside containers."""

class Event:
    """One event, complete in itself: it stays valid after the stream has moved on."""

    @property
    def number(self) -> int: ...
    @property
    def time(self) -> int:
        """Nanoseconds since the epoch."""
    @property
    def cpu(self) -> int: ...
    @property
    def tid(self) -> int: ...
    @property
    def type_code(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def is_enter(self) -> bool: ...
    @property
    def latency(self) -> int | None:
        """Nanoseconds since the call began; None in an enter event, or if that is not known."""
    @property
    def params(self) -> dict[str, Any]: ...
    @property
    def raw(self) -> bytes:
        """The record, as scap v2 has it."""
    @property
    def thread(self) -> Thread | None: ...
    @property
    def descriptor(self) -> Descriptor | None: ...
    def __getitem__(self, field: str) -> Any:
        """The value of a field; None where the event has none. Raises KeyError for a field that does not exist.

        Only while this is the stream's latest event.
        """
    def text(self, format: Format) -> str | None:
        """The event's line, without the newline; None where it lacks a field that the format demands.

        Only while this is the stream's latest event.
        """
    def matches(self, filter: Filter) -> bool:
        """Whether the filter lets it through. Only while this is the stream's latest event."""
    def thread_state(self, key: ThreadState) -> Any:
        """What `key` keeps for the event's thread. Only while this is the stream's latest event.

        Where nothing is known of the thread, nothing is kept: it is what `key.make` makes.
        """
    def set_thread_state(self, key: ThreadState, value: object) -> None: ...
    def descriptor_state(self, key: DescriptorState) -> Any:
        """The same for its descriptor."""
    def set_descriptor_state(self, key: DescriptorState, value: object) -> None: ...

class Session:
    """One run over a source: state, filter, then output."""

    def __init__(self, source: NativeSource, filter: Filter | None = None, show_internal: bool = False) -> None: ...
    def start(self) -> None:
        """Loads the source's tables, which the first event would do otherwise. Raises FormatError, OSError."""
    def run(
        self,
        *,
        format: Format | None = None,
        output_fd: int = 1,
        writer: CaptureWriter | None = None,
        limit: int = 0,
        timeout_ms: int = 100,
        keep_state: bool = False,
        display_filter: Filter | None = None,
        unbuffered: bool = False,
        duration_ns: int = 0,
    ) -> bool:
        """Prints and writes what passes, without the GIL, for at most `timeout_ms`. True while there may be more.

        `limit`: stop after so many events since the session began (0: none); `duration_ns`: stop so long after the
        first one, by their own times. `keep_state`: also write, hidden from its reader, what does not pass but changes
        threads or descriptors. `display_filter`: print no others. `unbuffered`: print each line at once, not at the
        end. Raises FormatError (after all output for the events before it), BrokenPipeError, OSError.
        """
    def next(self, timeout_ms: int = 100, writer: CaptureWriter | None = None) -> Event | None:
        """The next event that passes; None if none came in time or `ended`. Raises FormatError, once, and OSError.

        `writer`: what is read on the way is written, whether it passes or not.
        """
    @property
    def ended(self) -> bool: ...
    @property
    def events_read(self) -> int: ...
    @property
    def events_passed(self) -> int: ...
    @property
    def statistics(self) -> dict[str, int]: ...
    def event_counts(self) -> list[tuple[str, bool, int]]:
        """Name, whether it is an enter event, and number of the events that passed, by type."""
    def threads(self) -> Sequence[Thread]: ...
    def descriptors(self, tid: int) -> Sequence[Descriptor]:
        """Those of a thread; none for one that is not known."""
    def set_before_first(self, call: Callable[[], object] | None) -> None:
        """Calls `call`, once, when the first event is asked for."""
    def add_tap(self, call: Callable[[Event], object], filter: Filter | None = None) -> None:
        """Calls `call` with each event that this filter lets through, whatever passes, until it returns False."""
    def remove_taps(self) -> None: ...
    def set_container(self, json: str) -> None:
        """Says what is known of a container. Raises ValueError."""
    def take_new_containers(self) -> Sequence[str]:
        """Ids of containers that threads were found in since this was called before."""
    def watch_containers(self) -> ContainerWatch:
        """The containers that threads are in, for another thread to take from: those that are known by now first."""
    def add_record(self, record: bytes) -> bool:
        """Adds a scap v2 record to the stream, before the source's next one and with that one's time, whichever it has.

        From any thread, while the session runs too. False if too many wait already. Raises ValueError for what is none.
        """
    @property
    def is_of_this_machine(self) -> bool:
        """Once started: whether the events are of this machine, now."""

class ContainerWatch:
    """Containers that a stream's threads were found in. For one thread that is not the stream's."""

    def next(self, timeout_ms: int) -> tuple[str, str, str, bool, str, int] | None:
        """Id, id in full length, type, whether that is its name too, control group and a process in it of the next one.

        None if none came in time, and at once when `close` was called.
        """
    def close(self) -> None:
        """Ends the waiting; from any thread."""

class ColumnBatch:
    """Rows, to be taken once through the Arrow PyCapsule interface."""

    def __len__(self) -> int: ...
    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Capsules of the schema and the array. Raises ValueError the second time."""

class ColumnStream:
    """Columns of fields, one row for each event that a session lets through, in batches of at most 65536 rows.

    What reads it takes the session's events: nothing else gets them.
    """

    def __init__(self, session: Session, fields: Sequence[str], limit: int = 0) -> None:
        """`limit`: after how many rows it ends; 0 for all. Raises ValueError for what is no field, or not printable."""
    def next(self, timeout_ms: int = 100) -> ColumnBatch | None:
        """The next batch; None if none is ready in time or `ended`.

        One is ready when it is full, when its first row has waited for a second, and at the end. Raises FormatError and
        OSError, after all rows before.
        """
    def finish(self) -> None:
        """Takes no more events: what rows there are make the last batch."""
    @property
    def ended(self) -> bool: ...
    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A capsule of an Arrow C stream over the batches that are left; errors are its."""
    def __arrow_c_schema__(self) -> object: ...

RowTurn: TypeAlias = tuple[int, list[tuple[Any, ...]], int | None, int]
"""Which request; its rows; None, or of a tick the time and the time since the tick before, in nanoseconds."""

class RowRequest:
    """What rows someone wants of a stream."""

    def __init__(
        self,
        fields: Sequence[str],
        filter: Filter | None = None,
        *,
        format: Format | None = None,
        as_bytes: bool = False,
        escape_control: bool = False,
    ) -> None:
        """A row has the values of these fields, and last the line of `format` if that is given, as bytes or None.

        `as_bytes`: text as the bytes that it was. `escape_control`: control characters in values are escaped, but for
        line ends and tabs. Raises ValueError for what is no field.
        """
    def set_interval(self, interval_ns: int, exact: bool = False) -> None:
        """Ticks from now on (0: none): at the first event of each interval, which begins at a multiple of its length;
        or, `exact`, one for each that is over, counted from the first event."""

class RowStream:
    """Rows and ticks of several requests over one session, which has no filter and shows internal events."""

    def __init__(
        self,
        session: Session,
        requests: Sequence[RowRequest],
        *,
        filter: Filter | None = None,
        writer: CaptureWriter | None = None,
        limit: int = 0,
        duration_ns: int = 0,
        is_live: bool = False,
        data: str = "dotted",
    ) -> None:
        """What `filter` leaves out gives ticks, but no rows; what it lets through goes to `writer` too.

        `limit`, `duration_ns`: see Session.run. `is_live`: tick by the clock too. `data`: see Format.line.
        """
    def next(self, timeout_ms: int, most: int = 1024) -> list[RowTurn]:
        """The next `most` rows and ticks, or what came in time. Raises FormatError, once, and OSError."""
    def event(self) -> Event:
        """The event that the latest row is of."""
    @property
    def ended(self) -> bool: ...
    @property
    def first_timestamp(self) -> int: ...
    @property
    def last_timestamp(self) -> int:
        """Of the latest event, whether it passed or not."""
    @property
    def events_passed(self) -> int: ...

class Endpoint:
    """One end of a connection."""

    ip: str
    port: int

class ListedDescriptor:
    """What is known of a descriptor, as its process's list has it."""

    fd: int
    type: str
    name: str
    """Without control characters."""
    protocol: str | None
    """tcp, udp, icmp, raw, or "" if it is not known; None for what is no internet socket."""
    client: Endpoint | None
    """None for what is no connection."""
    server: Endpoint | None
    """Also of a socket that listens."""
    is_server: bool
    """Whether the process is at the server's end."""

class ListedThread:
    """What is known of a thread, with those of its descriptors that were asked for."""

    tid: int
    pid: int
    ptid: int
    name: str
    exe: str
    args: list[str]
    env: list[str]
    flags: int
    uid: int
    gid: int
    user: str | None
    children: int
    """Other threads of its process, if it leads it."""
    fd_limit: int
    """-1 if it is not known."""
    vm_size_kb: int
    vm_rss_kb: int
    vm_swap_kb: int
    major_faults: int
    minor_faults: int
    clone_time: int
    """Nanoseconds since the epoch; 0 if it is not known."""
    descriptors: list[ListedDescriptor]

def list_threads(session: Session, filter: Filter | None = None) -> list[ListedThread]:
    """All threads with all descriptors; with a filter, those that match it as if an event were about them."""

def list_containers(session: Session) -> list[tuple[str, str, str, str]]:
    """Type, id, name and image of each."""

def machine(session: Session) -> tuple[int, int, int, str]:
    """Number of CPUs, bytes of memory, highest pid, host name."""
