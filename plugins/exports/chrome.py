"""The JSON of Chrome's tracing, which Perfetto's UI, chrome://tracing and Speedscope read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tracer.plugins.exports.parameters import Value
    from tracer.plugins.exports.slices import Switch

BUFFER_EVENTS = 1000

_encode = json.JSONEncoder(separators=(",", ":")).encode


class ChromeSink:
    """Writes a trace as an object with a list of events, one a line.

    Its times are microseconds since the first event, which a double holds to the nanosecond; when that was stands in
    `otherData`.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lines: list[str] = []
        self._is_empty = True
        self._start: int | None = None
        self._pids: dict[int, int] = {}
        out.write(b'{"displayTimeUnit":"ns","traceEvents":[')

    def process(self, pid: int, name: str, command_line: Sequence[str]) -> None:
        """The process's name."""
        self._metadata("process_name", pid, 0, {"name": name})
        self._metadata("process_labels", pid, 0, {"labels": " ".join(command_line)})

    def thread(self, tid: int, pid: int, name: str) -> None:
        """The thread's name."""
        self._pids[tid] = pid
        if name:
            self._metadata("thread_name", pid, tid, {"name": name})

    def begin(self, tid: int, time: int, name: str, category: str, arguments: Mapping[str, Value]) -> None:
        """A slice begins."""
        self._event("B", tid, time, {"name": name, "cat": category, "args": arguments})

    def end(self, tid: int, time: int, arguments: Mapping[str, Value]) -> None:
        """The innermost slice of the thread ends."""
        self._event("E", tid, time, {"args": arguments})

    def instant(self, tid: int, time: int, name: str, category: str, arguments: Mapping[str, Value]) -> None:
        """Something happens in the thread."""
        self._event("i", tid, time, {"s": "t", "name": name, "cat": category, "args": arguments})

    def switch(self, switch: Switch) -> None:
        """An instant: the format has nothing of its own for context switches."""
        arguments: dict[str, Value] = {
            "cpu": switch.cpu,
            "next_tid": switch.next_tid,
            "next_name": switch.next_name,
        }
        self.instant(switch.previous_tid, switch.time, "switch", "scheduler", arguments)

    def close(self) -> None:
        """Ends the list and the object."""
        self._write_lines()
        other = {"start_ns": str(self._start)} if self._start is not None else {}
        self._out.write(b'\n],"otherData":' + _encode(other).encode() + b"}\n")

    def _event(self, phase: str, tid: int, time: int, more: Mapping[str, object]) -> None:
        if self._start is None:
            self._start = time
        at = (time - self._start) / 1000
        self._line({"ph": phase, "pid": self._pids[tid], "tid": tid, "ts": at, **more})

    def _metadata(self, name: str, pid: int, tid: int, arguments: Mapping[str, Value]) -> None:
        self._line({"ph": "M", "name": name, "pid": pid, "tid": tid, "args": arguments})

    def _line(self, event: Mapping[str, object]) -> None:
        self._lines.append(_encode(event))
        if len(self._lines) == BUFFER_EVENTS:
            self._write_lines()

    def _write_lines(self) -> None:
        if self._lines:
            self._out.write((("\n" if self._is_empty else ",\n") + ",\n".join(self._lines)).encode())
            self._is_empty = False
            self._lines.clear()
