"""Runs chisels over a session: rows in, whatever they print out."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from tracer.core import _engine
from tracer.core._engine import CaptureWriter, Filter, Format, RowRequest, RowStream
from tracer.core.chisel import ChiselEnvironment, ListedContainer, Machine, PluginError, RowChisel, Tick
from tracer.core.runner import DRAIN_S, DRAINED_MS, FLUSH_S, SLICE_MS, StopSignals, Watcher

if TYPE_CHECKING:
    from tracer.core._engine import ListedThread
    from tracer.core.api import EventStream
    from tracer.core.opening import OpenSession
    from tracer.core.plugin import Chisel

ROWS_AT_A_TIME = 4096


class Run:
    """A session that chisels run over, as they see it (see `tracer.core.chisel.ChiselRun`)."""

    def __init__(self, opened: OpenSession) -> None:
        self.is_live = opened.session.is_of_this_machine
        self.is_over = False
        self.next_words: list[str] | None = None
        """The command line of what is to be run after this."""
        self.stream: RowStream | None = None
        self._opened = opened

    @property
    def first_time_ns(self) -> int:
        """When the first event of all happened."""
        return self.stream.first_timestamp if self.stream else 0

    @property
    def last_time_ns(self) -> int:
        """When the latest event happened."""
        return self.stream.last_timestamp if self.stream else 0

    @property
    def progress(self) -> float:
        """How far a capture has been read, 0 to 100."""
        return max(0.0, self._opened.native.progress * 100)

    @property
    def events(self) -> EventStream:
        """The stream itself."""
        from tracer.core.api import EventStream

        return EventStream(self._opened)

    def event(self) -> _engine.Event:
        """The event of the latest row. Raises RuntimeError before the first one."""
        if self.stream is None:
            raise RuntimeError("there is no event before the run has begun")
        return self.stream.event()

    def threads(self, filter: str = "") -> list[ListedThread]:
        """The threads that are known. Raises FilterError."""
        compiled = None
        if filter.strip():
            from tracer.core.filter import compile_filter

            compiled = compile_filter(filter)
        return list(_engine.list_threads(self._opened.session, compiled))

    def containers(self) -> list[ListedContainer]:
        """The containers that are known."""
        return [ListedContainer(*row) for row in _engine.list_containers(self._opened.session)]

    def machine(self) -> Machine:
        """The machine that the events are of."""
        return Machine(*_engine.machine(self._opened.session))

    def end(self) -> None:
        """Ends the run after the row that is being handled."""
        self.is_over = True

    def go_on_with(self, words: Sequence[str]) -> None:
        """After this run, runs tracer with these words."""
        self.next_words = list(words)


def make_request(chisel: RowChisel) -> RowRequest:
    """What the engine has to give this chisel. Raises FilterError, PluginError for what is no field."""
    from tracer.core.filter import compile_filter

    escapes = chisel.escapes and chisel.environment.is_terminal
    line = None
    if chisel.format:
        line = Format.line(chisel.format, chisel.environment.data, escape_control=escapes, data_limit=0)
    compiled = compile_filter(chisel.filter) if chisel.filter.strip() else None
    try:
        return RowRequest(list(chisel.fields), compiled, format=line, as_bytes=chisel.as_bytes, escape_control=escapes)
    except ValueError as error:
        raise PluginError(f"chisel {chisel.name}: {error}") from None


def run_chisels(
    opened: OpenSession,
    chisels: Sequence[RowChisel],
    run: Run,
    *,
    stop: StopSignals,
    filter: Filter | None = None,
    data: str = "dotted",
    writer: CaptureWriter | None = None,
    limit: int = 0,
    duration_s: float | None = None,
    event_duration_s: float = 0,
    finished: Callable[[], bool] = lambda: False,
    watch: Watcher | None = None,
    flush: Callable[[], None] = lambda: None,
    before_end: Callable[[], None] = lambda: None,
    failed: Callable[[RowChisel, Exception], Exception] = lambda chisel, error: error,
) -> None:
    """Runs them to the end of the stream, `limit` or `duration_s`, a signal, or until one ends it.

    The session has to be opened without a filter, and to show internal events. All have finished when this returns or
    raises; what it raises is theirs, or FormatError, OSError. `before_end` is called before they finish; `failed`
    says what is raised for what one of them raises. For the other arguments see `runner.run_session`.
    """
    session = opened.session
    session.start()
    started: list[RowChisel] = []
    try:
        for chisel in chisels:
            started.append(chisel)
            with _own_errors(chisel, failed):
                chisel.start(run)
        try:
            requests = [make_request(chisel) for chisel in chisels]
        except Exception:
            started.clear()  # what was never asked for has no end
            raise
        for chisel, request in zip(chisels, requests, strict=True):
            request.set_interval(chisel.interval_ns, chisel.exact_interval)
        run.stream = stream = RowStream(
            session,
            requests,
            filter=filter,
            writer=writer,
            limit=limit,
            duration_ns=round(event_duration_s * 1e9),
            is_live=run.is_live,
            data=data,
        )
        most = 1 if any(chisel.follows_state for chisel in chisels) else ROWS_AT_A_TIME
        end = math.inf if duration_s is None else time.monotonic() + duration_s
        draining = False
        flushed = time.monotonic()
        while not stop.received and not run.is_over and not stream.ended:
            if not draining and finished():
                draining = True
                end = min(end, time.monotonic() + DRAIN_S)
            left_ms = (end - time.monotonic()) * 1000
            if left_ms <= 0:
                break
            read_before = session.events_read
            turns = stream.next(math.ceil(min(DRAINED_MS if draining else SLICE_MS, left_ms)), most)
            for turn in turns:
                with _own_errors(chisels[turn[0]], failed):
                    _hand_out(turn, chisels[turn[0]])
                if run.is_over:
                    break
            now = time.monotonic()
            if now - flushed > SLICE_MS / 1000 or not turns:
                flush()
                if watch is not None:
                    watch(session)
                if writer is not None and now - flushed > FLUSH_S:
                    writer.flush()
                flushed = now
            if draining and not turns and session.events_read == read_before:
                break
    finally:
        before_end()
        for chisel in started:
            with _own_errors(chisel, failed):
                chisel.finish()
        flush()


def run_over(
    opened: OpenSession,
    chisel: Chisel,
    arguments: Sequence[str],
    write: Callable[[str], object],
    duration_s: float | None,
) -> None:
    """Runs one chisel over a stream that Python code has opened. Raises PluginError, FilterError, FormatError."""
    from tracer.core.chisel_events import as_row_chisel

    run = Run(opened)
    capture = "" if run.is_live or opened.choice is None else opened.choice.argument
    environment = ChiselEnvironment(write=write, is_live=run.is_live, capture=capture)
    running = as_row_chisel(chisel(arguments, environment), environment)
    run_chisels(opened, [running], run, stop=StopSignals(), duration_s=duration_s)


@contextlib.contextmanager
def _own_errors(chisel: RowChisel, failed: Callable[[RowChisel, Exception], Exception]) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        shown = failed(chisel, error)
        if shown is error:
            raise
        raise shown from error


def _hand_out(turn: _engine.RowTurn, chisel: RowChisel) -> None:
    _, rows, tick_ns, delta_ns = turn
    if tick_ns is None:
        chisel.on_rows(rows)
    else:
        row = rows[0][:-1] if chisel.format else rows[0]
        chisel.on_interval(Tick(tick_ns, delta_ns), *row)
