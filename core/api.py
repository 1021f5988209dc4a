"""The Python interface: events of a capture or of the running machine, one after the other."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from tracer.core._engine import Descriptor, Event, Thread
from tracer.core.driver import DriverError, Plan, Source, Statistics
from tracer.core.driver_choice import DriverRequest
from tracer.core.opening import Misses, OpenSession, open_session, open_source
from tracer.core.plan import mentioned, plan_for
from tracer.core.selection import STATE_FIELDS

if TYPE_CHECKING:
    import pyarrow

    from tracer.core._engine import CaptureWriter, ColumnStream, Filter
    from tracer.core.consumers import NamedConsumer
    from tracer.core.filter.filter_set import FilterSet
    from tracer.core.filter.tree import Expression
    from tracer.core.plugin import Chisel, Consumer

_DEFAULTS = Plan()

# How long the engine works before Python looks at signals such as Ctrl-C.
SLICE_MS = 100

DEFAULT_COLUMNS = ("evt.num", "evt.time", "evt.cpu", "proc.name", "thread.tid", "evt.dir", "evt.type", "evt.info")
"""What the lines of `tracer` show."""


class EventStream(Iterator[Event]):
    """Events that pass a filter, in order. Closes at the end of a `with` block.

    One thread at a time may use it; RuntimeError tells a second one.
    """

    def __init__(self, opened: OpenSession, *, limit: int = 0, stopped: Callable[[], bool] | None = None) -> None:
        """`limit`: ends after so many events (0: none); `stopped` says that it shall end now."""
        self._opened = opened
        self._closed = False
        self._limit = limit
        self._stopped = stopped or _never
        self._is_bounded = bool(limit or stopped)

    def __next__(self) -> Event:
        """The next event. Raises FormatError where a capture is damaged, after all events before that place."""
        session = self._opened.session
        while not (self._closed or (self._is_bounded and self.ended)):
            event = session.next(SLICE_MS)
            if event is not None:
                return event
            if session.ended:
                break
        raise StopIteration

    def poll(self, timeout_s: float, writer: CaptureWriter | None = None) -> Event | None:
        """The next event, or None if none comes within `timeout_s` seconds or the stream has ended.

        `writer`, one that `write_capture` made: what is read on the way is written, whether it passes or not.
        """
        return None if self.ended else self._opened.session.next(round(timeout_s * 1000), writer)

    def write_capture(self, path: str | os.PathLike[str], *, compress: bool = False) -> CaptureWriter:
        """A capture file that begins at this point of the stream, for `poll` to write to. Raises OSError."""
        from tracer.core._engine import CaptureWriter

        return CaptureWriter(os.fsdecode(path), compress, self._opened.session)

    def columns(self, fields: Iterable[str] = DEFAULT_COLUMNS, *, limit: int = 0) -> ColumnStream:
        """The events that are still to come as columns, for whatever reads the Arrow C stream interface.

        As in ``polars.from_arrow(stream.columns(["evt.time", "proc.name"]))``. A row for each event, a column for each
        field; times are timestamps in UTC, text that repeats is dictionary-encoded. Batches of at most 65536 rows are
        made as they are asked for. `limit`: so many rows at most (0: all). Raises ValueError for what is no field.
        """
        from tracer.core._engine import ColumnStream

        return ColumnStream(self._opened.session, list(fields), limit or self._limit)

    def batches(self, fields: Iterable[str] = DEFAULT_COLUMNS, *, limit: int = 0) -> Iterator[pyarrow.RecordBatch]:
        """The same as pyarrow RecordBatches, one after the other.

        Raises what `to_arrow` raises, FormatError after the last batch before the damage.
        """
        from tracer.core.arrow import batches

        return batches(self.columns(fields, limit=limit), ended=lambda: self._closed or self._stopped())

    def to_arrow(self, fields: Iterable[str] = DEFAULT_COLUMNS, *, limit: int = 0) -> pyarrow.Table:
        """The events that are still to come as one pyarrow Table; `fields` and `limit` as in `columns`.

        Raises ImportError without pyarrow (``pip install 'tracer[arrow]'``), ValueError for what is no field,
        FormatError where a capture is damaged.
        """
        from tracer.core.arrow import read_table

        return read_table(self.columns(fields, limit=limit), ended=lambda: self._closed or self._stopped())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The default columns, for whatever reads the Arrow C stream interface."""
        return self.columns().__arrow_c_stream__(requested_schema)

    def record(self, path: str | os.PathLike[str], *, compress: bool = False) -> None:
        """Writes the events that are still to come to a capture ("-": standard output), which `open` and sysdig read.

        Raises OSError, and FormatError where the capture that is read is damaged, after all events before that place.
        """
        from tracer.core._engine import CaptureWriter

        session = self._opened.session
        writer = CaptureWriter(os.fsdecode(path), compress, session)
        try:
            while not self.ended and session.run(writer=writer, limit=self._limit, timeout_ms=SLICE_MS):
                writer.flush()
        finally:
            writer.close()

    def run_chisel(
        self,
        chisel: Chisel,
        arguments: Sequence[str] = (),
        *,
        write: Callable[[str], object] | None = None,
        duration_s: float | None = None,
    ) -> str:
        """Runs a chisel over the events that are still to come, or that come within `duration_s` seconds.

        Returns what it prints, unless `write` takes it. It gets internal events if the stream was opened with
        `show_internal`. Raises PluginError, FilterError, and FormatError where a capture is damaged.
        """
        from tracer.core.chisel_runner import run_over

        texts: list[str] = []
        run_over(self._opened, chisel, arguments, write or texts.append, duration_s)
        return "".join(texts)

    @property
    def ended(self) -> bool:
        """True once no more events can come."""
        session = self._opened.session
        return self._closed or session.ended or self._stopped() or 0 < self._limit <= session.events_passed

    @property
    def driver(self) -> str:
        """One line that says which driver runs and why."""
        return str(self._opened.choice) if self._opened.choice else "source of the caller's own"

    @property
    def statistics(self) -> Statistics:
        """What the source has seen and lost so far."""
        return self._opened.statistics()

    def threads(self) -> list[Thread]:
        """All threads that are known at this point of the stream."""
        return list(self._opened.session.threads())

    def descriptors(self, tid: int) -> list[Descriptor]:
        """All descriptors of a thread that are known at this point of the stream."""
        return list(self._opened.session.descriptors(tid))

    def new_containers(self) -> list[str]:
        """Ids of containers that threads were found in since this was called before."""
        return list(self._opened.session.take_new_containers())

    def set_container(self, container: Mapping[str, object]) -> None:
        """Says what is known of a container: the container fields of its threads have values from then on.

        The keys are those of container events in captures: id, full_id, type, name, image, imageid, imagerepo,
        imagetag, imagedigest, ip, privileged, Mounts, labels, ... Under "fields" stand values of further container and
        k8s fields by their names. Raises ValueError without an id.
        """
        self._opened.session.set_container(json.dumps({"container": container}))

    @property
    def misses(self) -> Misses:
        """How often an event was about something that the stream had not told of."""
        return self._opened.misses()

    def __repr__(self) -> str:
        state = "closed" if self._closed else "ended" if self.ended else "open"
        return f"<EventStream {state}, {self.driver}>"

    def close(self) -> None:
        """Stops the stream; may be called twice."""
        if not self._closed:
            self._closed = True
            self._opened.close()

    def __enter__(self) -> EventStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open(
    path: str | os.PathLike[str],
    *,
    filter: str | FilterSet | None = None,
    show_internal: bool = False,
    fields: Iterable[str] = (),
    consumers: Iterable[Consumer] = (),
) -> EventStream:
    """The events of a capture file, plain or gzip ("-": standard input).

    `show_internal`: internal events too, such as `drop`, which says that events are missing at its place, and how many.
    `fields`: those that will be read, where plugins that bring them have to follow the stream for that.
    `consumers` (see `tracer.core.plugin.Consumer`) run beside.
    Raises FilterError for a filter that does not compile, OSError (FileNotFoundError and the like) if the file cannot
    be read, and FormatError if it is no capture.
    """
    request = DriverRequest(capture=os.fsdecode(path))
    try:
        opened = open_session(request, Plan(), _compiled(filter), show_internal)
    except DriverError as error:
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from None
        raise
    return _started(opened, _beside(filter, fields, consumers))


def live(
    *,
    driver: str | None = None,
    filter: str | FilterSet | None = None,
    pid: int | Iterable[int] | None = None,
    snaplen_bytes: int = _DEFAULTS.snaplen_bytes,
    dynamic_snaplen: bool = False,
    full_capture_ports: tuple[int, int] = _DEFAULTS.full_capture_ports,
    buffer_bytes: int = _DEFAULTS.buffer_bytes,
    enter_events: bool = False,
    page_faults: bool = False,
    toctou: bool = False,
    kernel_filter: bool = True,
    probes: Iterable[str] = (),
    stacks: Iterable[str] = (),
    exclude_self: bool = True,
    show_internal: bool = False,
    fields: Iterable[str] = (),
    consumers: Iterable[Consumer] = (),
) -> EventStream:
    """The events of this machine, as they happen.

    `driver` is NAME or NAME:ARGUMENT; without it the environment decides (TRACER_DRIVER, TRACER_BPF_PROBE), else what
    is usable. `pid` limits the events to these processes and their descendants. Enter events and context switches are
    delivered where the filter speaks of them, page faults too; `enter_events` and `page_faults` ask for them without a
    filter. `dynamic_snaplen` keeps more data of known protocols than `snaplen_bytes`, `full_capture_ports` (first,
    last) nearly all of what these ports carry. `toctou` delivers the enter events of those calls whose arguments
    another thread may change meanwhile, for `evt.is_toctou`. `probes` are user probes, as in
    `Plan.probes`, `stacks` of `user` and `kernel`. `buffer_bytes` is the size of the buffer of each CPU,
    `show_internal`, `fields` and `consumers` as in `open`.

    Calls that the filter cannot let through are not traced, and without `kernel_filter=False` neither are those of
    which the kernel can tell that they do not pass: `number` and evt.reltime count what is.

    Raises FilterError, DriverError.
    """
    pids = frozenset() if pid is None else frozenset([pid] if isinstance(pid, int) else pid)
    compiled = _compiled(filter)
    plan = plan_for(
        _tree(filter),
        {*STATE_FIELDS, *fields},
        compiled=compiled,
        enter_events=enter_events,
        snaplen_bytes=snaplen_bytes,
        dynamic_snaplen=dynamic_snaplen,
        full_capture_ports=full_capture_ports,
        buffer_bytes=buffer_bytes,
        pids=pids,
        page_faults=page_faults,
        toctou=toctou,
        kernel_filter=kernel_filter,
        probes=tuple(probes),
        stacks=frozenset(stacks),
        exclude_self=exclude_self,
    )
    beside = _beside(filter, fields, consumers)
    if beside:
        from tracer.core.needs import merged, plan_for_needs

        plan = merged([plan, *(plan_for_needs(one.needs) for one in beside)])
    return _started(open_session(DriverRequest(option=driver), plan, compiled, show_internal), beside)


def play(
    source: Source,
    *,
    filter: str | FilterSet | None = None,
    show_internal: bool = False,
    fields: Iterable[str] = (),
    consumers: Iterable[Consumer] = (),
) -> EventStream:
    """The events of a source that the caller made: a script of the fake driver, or a driver's own.

    `show_internal`, `fields` and `consumers` as in `open`.
    """
    opened = open_source(source, _compiled(filter), show_internal)
    beside = _beside(filter, fields, consumers)
    return _started(opened, beside) if beside else EventStream(opened)


def _never() -> bool:
    return False


def _beside(
    filter: str | FilterSet | None, fields: Iterable[str], consumers: Iterable[Consumer]
) -> list[NamedConsumer]:
    """What has to run beside a stream with this filter, of which these fields will be read."""
    import sys

    names = [*mentioned(_tree(filter))[0], *fields] if fields or "tracer.core.plugin_fields" in sys.modules else []
    if not (names or consumers):
        return []
    from tracer.core.consumers import caller_consumers, field_consumers

    return [*caller_consumers(consumers), *field_consumers(names)]


def _started(opened: OpenSession, consumers: Sequence[NamedConsumer] = ()) -> EventStream:
    try:
        opened.start()
        opened.run_consumers(consumers)
    except BaseException:
        opened.close()
        raise
    return EventStream(opened)


def _tree(filter: str | FilterSet | None) -> Expression | None:
    if not isinstance(filter, str):
        return None if filter is None else filter.tree
    from tracer.core.filter import parse

    return parse(filter)


def _compiled(filter: str | FilterSet | None) -> Filter | None:
    if not isinstance(filter, str):
        return None if filter is None else filter.compiled
    from tracer.core.filter import compile_filter

    return compile_filter(filter)
