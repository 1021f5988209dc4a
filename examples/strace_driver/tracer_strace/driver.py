"""The driver and its source: batches of records out of a log."""

from __future__ import annotations

from collections.abc import Iterator

from tracer.core.driver import DriverError, Plan, Readiness, Source, Statistics
from tracer.core.records import ThreadEntry, encode_frame, encode_tables
from tracer_strace.events import Events
from tracer_strace.log import Line, LogError, log_files, read_log

BATCH_EVENTS = 1000


class StraceDriver:
    """Events out of strace's output."""

    name = "strace"
    summary = "reads what strace -f -ttt -o FILE wrote (strace:FILE)"
    capabilities = frozenset({"replay"})

    def readiness(self, argument: str) -> Readiness:
        """Whether the log is there."""
        if not argument:
            return Readiness(False, "it was not told which log to read", "name it: --driver strace:FILE")
        if not log_files(argument):
            remedy = "make one with strace -f -ttt -o FILE"
            return Readiness(False, f"there is no file {argument} and none {argument}.PID", remedy)
        return Readiness(True, f"reads {argument}")

    def open(self, argument: str, plan: Plan) -> Source:
        """Reads from the start. The plan changes nothing: a log has what it has. Raises DriverError."""
        return StraceSource(argument)


class StraceSource:
    """The events of one log."""

    def __init__(self, target: str) -> None:
        self._lines = read_log(target)
        self._statistics = Statistics()
        self._failure: DriverError | None = None
        first = self._next_line()
        # strace tells of every other thread when it begins.
        self._first_thread = ThreadEntry(first.tid, first.tid, 0, name="strace", exe="strace") if first else None
        self._records = self._play(first)

    def tables(self) -> bytes:
        """The thread that was there from the start."""
        return encode_tables([self._first_thread] if self._first_thread else [])

    def read(self, timeout_s: float) -> bytes | None:
        """The next events. They are all there, so nothing is waited for. Raises DriverError after the last good one."""
        frames = []
        for record in self._records:
            frames.append(encode_frame(record))
            if len(frames) == BATCH_EVENTS:
                break
        if not frames and self._failure:
            raise self._failure
        self._statistics.seen += len(frames)
        self._statistics.emitted += len(frames)
        return b"".join(frames) if frames else None

    def replan(self, plan: Plan) -> None:
        """Changes nothing."""

    def statistics(self) -> Statistics:
        """Events so far; a log drops none."""
        return self._statistics

    def close(self) -> None:
        """Stops reading."""
        self._records = iter(())

    def _next_line(self) -> Line | None:
        try:
            return next(self._lines, None)
        except (LogError, OSError) as error:
            self._failure = DriverError(f"strace: {error}")
            return None

    def _play(self, line: Line | None) -> Iterator[bytes]:
        events = Events([self._first_thread] if self._first_thread else [])
        while line is not None:
            yield from events.records(line)
            line = self._next_line()
