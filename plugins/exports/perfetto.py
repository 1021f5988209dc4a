"""Perfetto's trace format: a sequence of packets, each a message of Protocol Buffers.

The numbers of messages' fields are those of protos/perfetto/trace/ in Perfetto's sources.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO

from tracer.plugins.exports import protobuf as pb
from tracer.plugins.exports.parameters import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tracer.plugins.exports.slices import Switch

REALTIME, BOOTTIME = 1, 6
"""Clocks by BuiltinClock."""

BEGIN, END, INSTANT = 1, 2, 3
"""TrackEvent.Type."""

STATE_CLEARED, NEEDS_STATE = 1, 2
"""TracePacket.SequenceFlags."""

RUNNABLE, SLEEPING = 0, 1
"""States of a thread that is switched away from, as the kernel numbers them."""

BUFFER_BYTES = 1 << 18

_SEQUENCE = pb.integer(10, 1)
_NEEDS_STATE = pb.integer(13, NEEDS_STATE)


class _Names:
    """Text that is written once and has a number from then on. It comes from the schema: there is not much of it."""

    def __init__(self, field: int) -> None:
        """`field`: that of InternedData in which they are announced."""
        self._field = field
        self._numbers: dict[str, int] = {}

    def number(self, name: str, announcements: list[bytes]) -> int:
        """The name's number; `announcements` gets what has to be said before it is used."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self._numbers) + 1
            announcements.append(pb.message(self._field, pb.integer(1, number) + pb.text(2, name)))
        return number


class PerfettoSink:
    """Writes a trace in Perfetto's format."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._buffer = bytearray()
        self._is_started = False
        self._categories = _Names(1)
        self._names = _Names(2)
        self._argument_names = _Names(3)
        self._headings: dict[tuple[int, str, str], bytes] = {}

    def process(self, pid: int, name: str, command_line: Sequence[str]) -> None:
        """A track for the process."""
        process = pb.integer(1, pid) + b"".join(pb.text(2, word) for word in command_line) + pb.text(6, name)
        self._packet(pb.message(60, pb.integer(1, _process_track(pid)) + pb.message(3, process)))

    def thread(self, tid: int, pid: int, name: str) -> None:
        """A track for the thread."""
        thread = pb.integer(1, pid) + pb.integer(2, tid) + (pb.text(5, name) if name else b"")
        self._packet(pb.message(60, pb.integer(1, _thread_track(tid)) + pb.message(4, thread)))

    def begin(self, tid: int, time: int, name: str, category: str, arguments: Mapping[str, Value]) -> None:
        """A slice begins."""
        self._track_event(BEGIN, tid, time, name, category, arguments)

    def end(self, tid: int, time: int, arguments: Mapping[str, Value]) -> None:
        """The innermost slice of the track ends."""
        self._track_event(END, tid, time, "", "", arguments)

    def instant(self, tid: int, time: int, name: str, category: str, arguments: Mapping[str, Value]) -> None:
        """An instant of the thread's track."""
        self._track_event(INSTANT, tid, time, name, category, arguments)

    def switch(self, switch: Switch) -> None:
        """A context switch, as ftrace would have recorded it: viewers draw CPUs and states of threads from it."""
        self._start(switch.time)
        state = SLEEPING if switch.is_in_call else RUNNABLE
        event = (
            pb.text(1, switch.previous_name)
            + pb.integer(2, switch.previous_tid)
            + pb.integer(4, state)
            + pb.text(5, switch.next_name)
            + pb.integer(6, switch.next_tid)
        )
        recorded = pb.integer(1, switch.time) + pb.integer(2, switch.previous_tid) + pb.message(4, event)
        self._packet(pb.message(1, pb.integer(1, switch.cpu) + pb.message(2, recorded)))

    def close(self) -> None:
        """Hands over what is left in the buffer."""
        self._out.write(self._buffer)
        self._buffer.clear()

    def _track_event(
        self, kind: int, tid: int, time: int, name: str, category: str, arguments: Mapping[str, Value]
    ) -> None:
        self._start(time)
        news: list[bytes] = []
        event = [_track_reference(tid), self._heading(kind, name, category, news)]
        for key, value in arguments.items():
            event.append(_argument(self._argument_names.number(key, news), value))
        packet = pb.integer(8, time) + pb.message(11, b"".join(event)) + _NEEDS_STATE
        self._packet(packet + pb.message(12, b"".join(news)) if news else packet)

    def _heading(self, kind: int, name: str, category: str, news: list[bytes]) -> bytes:
        """What an event is, which many have in common."""
        heading = self._headings.get((kind, name, category))
        if heading is None:
            heading = pb.integer(9, kind)
            if name:
                heading += pb.integer(10, self._names.number(name, news))
            if category:
                heading += pb.integer(3, self._categories.number(category, news))
            self._headings[kind, name, category] = heading
        return heading

    def _start(self, time: int) -> None:
        """Before the first event: its time by the clocks that times are of.

        Times of events are by the wall clock, and the trace's own are too. Context switches are always taken for times
        since the machine was started, which therefore are declared to be the same.
        """
        if self._is_started:
            return
        self._is_started = True
        clocks = [pb.message(1, pb.integer(1, clock) + pb.integer(2, time)) for clock in (BOOTTIME, REALTIME)]
        self._packet(pb.message(6, b"".join(clocks) + pb.integer(2, REALTIME)))
        defaults = pb.integer(58, REALTIME)
        self._packet(pb.message(59, defaults) + pb.integer(13, STATE_CLEARED) + pb.integer(87, 1))

    def _packet(self, content: bytes) -> None:
        self._buffer += pb.message(1, content + _SEQUENCE)
        if len(self._buffer) > BUFFER_BYTES:
            self.close()


# Descriptors, flags and results are the same again and again.
@lru_cache(1 << 14, typed=True)
def _argument(name: int, value: Value) -> bytes:
    """A DebugAnnotation of an event, and its value."""
    return pb.message(4, pb.integer(1, name) + _argument_value(value))


def _argument_value(value: Value) -> bytes:
    if isinstance(value, bool):
        return pb.integer(2, value)
    if isinstance(value, int):
        return pb.integer(4, value) if value < 1 << 63 else pb.integer(3, value)
    return pb.double(5, value) if isinstance(value, float) else pb.text(6, value)


@lru_cache(1 << 12)
def _track_reference(tid: int) -> bytes:
    """The track of an event."""
    return pb.integer(11, _thread_track(tid))


def _process_track(pid: int) -> int:
    return 2 * pid + 2


def _thread_track(tid: int) -> int:
    return 2 * tid + 1
