"""Drives a session in slices, so that signals, deadlines and progress are looked at in between."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Protocol

from tracer.core._engine import CaptureWriter, Filter, Format, Session

SLICE_MS = 20
"""How long the engine works at a time: the longest that Ctrl-C, or the end of a command, goes unnoticed."""

FLUSH_S = 0.5
"""How long at most what was recorded stays out of the file, where more is waited for."""

DRAIN_S = 2.0
"""How long to go on reading, at most, after the last thing of interest has happened."""

DRAINED_MS = 100
"""How long nothing has to come for everything to have come."""


class StopSignals:
    """While it is entered, signals that ask the process to end are noted instead, so that everything is flushed.

    After one that was noted they end the process at once: whoever does not want to wait sends a second one.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self, first: Callable[[int], None] | None = None) -> None:
        """`first` takes the first signal, which then does not end the run."""
        self.received = 0
        """The last of them that came; 0 for none."""
        self._first = first

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._first is None:
            self.received = number
            for each in self._before:
                signal.signal(each, signal.SIG_DFL)
        else:
            first, self._first = self._first, None
            first(number)

    def __enter__(self) -> StopSignals:
        self._before = {number: signal.signal(number, self._note) for number in self.SIGNALS if not _is_nohup(number)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _is_nohup(number: int) -> bool:
    """Whether it is the signal that nohup has this process ignore."""
    return number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN


class Watcher(Protocol):
    """Is told how far a session has come."""

    def __call__(self, session: Session) -> None:
        """Called after each slice."""


def run_session(
    session: Session,
    *,
    stop: StopSignals,
    format: Format | None = None,
    writer: CaptureWriter | None = None,
    output_fd: int = 1,
    limit: int = 0,
    duration_s: float | None = None,
    event_duration_s: float = 0,
    keep_state: bool = False,
    display_filter: Filter | None = None,
    unbuffered: bool = False,
    finished: Callable[[], bool] = lambda: False,
    watch: Watcher | None = None,
) -> None:
    """Prints and writes what passes until there is no more, `limit` or `duration_s` is reached, or a signal came.

    `duration_s` is by the clock, `event_duration_s` by the times of the events; for the others see Session.run.
    `finished` says that nothing of interest will happen any more: then only what has already happened is taken.
    Raises FormatError after everything before the damage, BrokenPipeError, OSError.
    """
    end = math.inf if duration_s is None else time.monotonic() + duration_s
    draining = False
    flushed = time.monotonic()
    while not stop.received:
        if not draining and finished():
            draining = True
            end = min(end, time.monotonic() + DRAIN_S)
        left_ms = (end - time.monotonic()) * 1000
        if left_ms <= 0:
            break
        slice_ms = DRAINED_MS if draining else SLICE_MS
        read_before = session.events_read
        more = session.run(
            format=format,
            output_fd=output_fd,
            writer=writer,
            limit=limit,
            timeout_ms=math.ceil(min(slice_ms, left_ms)),
            keep_state=keep_state,
            display_filter=display_filter,
            unbuffered=unbuffered,
            duration_ns=round(event_duration_s * 1e9),
        )
        if watch is not None:
            watch(session)
        if writer is not None and time.monotonic() - flushed > FLUSH_S:
            writer.flush()
            flushed = time.monotonic()
        if not more or (draining and session.events_read == read_before):
            break
