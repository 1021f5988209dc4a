"""What happens in threads, as trace viewers draw it: calls are slices, everything else is an instant."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from tracer.plugins.exports.kinds import NO_CALLS, SWITCH, THREAD_ENDS
from tracer.plugins.exports.parameters import Value, clean, descriptor_values, field_values, parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tracer import Event, EventStream, Thread

ENDED_THREADS = 1024

FIELDS = ("evt.latency", "thread.exectime")
"""Ask for enter events and for context switches."""


class Switch(NamedTuple):
    """A CPU goes over from one thread to another."""

    cpu: int
    time: int
    previous_tid: int
    previous_name: str
    is_in_call: bool
    """Whether the previous thread is in a system call, where it mostly is switched away from because it waits."""
    next_tid: int
    next_name: str


class TraceSink(Protocol):
    """Draws a trace. Times are nanoseconds since the epoch; what comes later may have an earlier time."""

    def process(self, pid: int, name: str, command_line: Sequence[str]) -> None:
        """Says what a process is called, before its first thread, and whenever that changes."""

    def thread(self, tid: int, pid: int, name: str) -> None:
        """Says what a thread is called, before its first event, and whenever that changes."""

    def begin(self, tid: int, time: int, name: str, category: str, arguments: Mapping[str, Value]) -> None:
        """A slice begins in a thread."""

    def end(self, tid: int, time: int, arguments: Mapping[str, Value]) -> None:
        """The thread's innermost slice ends; `arguments` are those that were not known before."""

    def instant(self, tid: int, time: int, name: str, category: str, arguments: Mapping[str, Value]) -> None:
        """Something happens in a thread that takes no time."""

    def switch(self, switch: Switch) -> None:
        """Another thread runs on a CPU."""

    def close(self) -> None:
        """There is nothing more to draw."""


class _Call(NamedTuple):
    """A call whose slice has begun."""

    name: str
    start: int
    arguments: Mapping[str, Value]


class Drawing:
    """Draws events, one after the other. Keeps something only for threads that have not ended."""

    def __init__(self, sink: TraceSink, fields: Sequence[str] = ()) -> None:
        """`fields`: what the arguments of slices are, instead of parameters and descriptor."""
        self._sink = sink
        self._fields = tuple(fields)
        self._calls: dict[int, _Call] = {}
        self._threads: dict[int, tuple[int, str]] = {}
        self._processes: dict[int, tuple[str, str]] = {}
        self._ended: dict[int, str] = {}
        """Names of the threads that have ended last: their CPUs switch to others only afterwards."""

    def draw(self, stream: EventStream) -> None:
        """Draws all events of a stream; what was drawn is whole also where the stream raises an error."""
        try:
            for event in stream:
                self.add(event)
        finally:
            self._sink.close()

    def add(self, event: Event) -> None:
        """Draws one event."""
        if event.tid < 0:
            return
        self._introduce(event.tid, event.thread)
        if event.name == SWITCH:
            self._switch(event)
        elif event.name in NO_CALLS:
            self._instant(event)
        elif event.is_enter:
            self._enter(event)
        else:
            self._exit(event)

    def _introduce(self, tid: int, thread: Thread | None) -> None:
        if thread is None and tid in self._ended:
            return
        pid, name = (tid, "") if thread is None else (thread.pid, thread.name)
        if self._threads.get(tid) == (pid, name):
            return
        self._ended.pop(tid, None)
        self._threads[tid] = pid, name
        if thread is not None and (tid == pid or pid not in self._processes):
            known = name, thread.exe
            if self._processes.get(pid) != known:
                self._processes[pid] = known
                self._sink.process(pid, clean(name), [clean(word) for word in (thread.exe, *thread.args)])
        self._sink.thread(tid, pid, clean(name))

    def _enter(self, event: Event) -> None:
        if event.tid in self._calls:  # its end was lost
            self._end(event.tid, event.time, {})
        arguments = self._arguments(event)
        self._calls[event.tid] = _Call(event.name, event.time, arguments)
        self._sink.begin(event.tid, event.time, event.name, event["evt.category"] or "", arguments)

    def _exit(self, event: Event) -> None:
        call = self._calls.get(event.tid)
        arguments = self._arguments(event)
        start = None if event.latency is None else event.time - event.latency
        # The end may have another name, as that of sigreturn has.
        if call is not None and (call.start == start or call.name == event.name):
            self._end(event.tid, event.time, _news(call.arguments, arguments))
            return
        if call is not None:  # its end was lost
            self._end(event.tid, event.time if start is None else start, {})
        if start is None:
            self._instant(event)
        else:
            self._sink.begin(event.tid, start, event.name, event["evt.category"] or "", arguments)
            self._sink.end(event.tid, event.time, {})

    def _instant(self, event: Event) -> None:
        self._sink.instant(event.tid, event.time, event.name, event["evt.category"] or "", self._arguments(event))
        if event.name == THREAD_ENDS:
            if event.tid in self._calls:  # exit does not return
                self._end(event.tid, event.time, {})
            self._forget(event.tid)

    def _forget(self, tid: int) -> None:
        if tid not in self._threads:
            return
        pid, self._ended[tid] = self._threads.pop(tid)
        if tid == pid:
            self._processes.pop(pid, None)
        if len(self._ended) > ENDED_THREADS:
            del self._ended[next(iter(self._ended))]

    def _end(self, tid: int, time: int, arguments: Mapping[str, Value]) -> None:
        del self._calls[tid]
        self._sink.end(tid, time, arguments)

    def _switch(self, event: Event) -> None:
        following = event.params.get("next")
        if following is None:  # the record was cut off
            return
        is_in_call = event.tid in self._calls
        name, next_name = self._name(event.tid), self._name(following)
        self._sink.switch(Switch(event.cpu, event.time, event.tid, name, is_in_call, following, next_name))

    def _name(self, tid: int) -> str:
        known = self._threads.get(tid)
        return clean(self._ended.get(tid, "") if known is None else known[1])

    def _arguments(self, event: Event) -> dict[str, Value]:
        if self._fields:
            return field_values(event, self._fields)
        return parameters(event) | descriptor_values(event)


def _news(known: Mapping[str, Value], values: Mapping[str, Value]) -> dict[str, Value]:
    """What was not known when the call began; what has changed since has a name of its own."""
    return {
        name if name not in known else f"{name} (exit)": value
        for name, value in values.items()
        if known.get(name) != value
    }
