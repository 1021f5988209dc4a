"""Lines of strace as event records, and who the threads behind them are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from signal import Signals

from tracer.core.records import ThreadEntry, Value, encode_record, event_type
from tracer.core.schema.tables import FLAG_TABLES, SYSCALLS
from tracer_strace.calls import PARAMETERS, parameters, string, strings
from tracer_strace.log import Line

_CLONES = ("clone", "clone3", "fork", "vfork")
_CLONE_FLAGS = FLAG_TABLES["clone_flags"]
_NUMBERS = {name: number for number, (name, _) in SYSCALLS["x86_64"].items()}


class Events:
    """Turns lines into records, in order."""

    def __init__(self, threads: Iterable[ThreadEntry]) -> None:
        self._threads = {thread.tid: thread for thread in threads}
        self._cloning: dict[int, int] = {}
        """Flags of the clone that each of these threads is in."""

    def records(self, line: Line) -> Iterator[bytes]:
        """The events of one line: none for a call that has only begun, two for the first line of a thread."""
        if line.tid not in self._threads:
            self._threads[line.tid] = self._newborn(line.tid)
            yield self._clone_record(line.time_ns, "clone", self._threads[line.tid], 0, 0)
        if line.what == "begun":
            if line.name in _CLONES:
                self._cloning[line.tid] = _clone_flags(line)
        elif line.what == "signal":
            params: dict[str, Value] = {"spid": line.result, "dpid": line.tid, "sig": line.name}
            yield encode_record("SIGNALDELIVER_E", line.time_ns, line.tid, params)
        elif line.what == "exited":
            yield self._exit(line)
        elif line.result is None:
            pass  # the call never came back: the line of the thread's end follows
        elif line.name in _CLONES:
            yield self._clone(line)
        elif line.name == "execve":
            yield self._execve(line)
        else:
            yield _call(line)

    def _newborn(self, tid: int) -> ThreadEntry:
        """A thread whose first line comes before its parent's clone has come back."""
        if not self._cloning:
            return ThreadEntry(tid, tid, 0, name="", exe="")
        parent, flags = next(reversed(self._cloning.items()))
        return _child(self._threads[parent], tid, flags)

    def _clone(self, line: Line) -> bytes:
        self._cloning.pop(line.tid, None)
        thread, flags = self._threads[line.tid], _clone_flags(line)
        if not line.error and line.result:
            self._threads.setdefault(line.result, _child(thread, line.result, flags))
        return self._clone_record(line.time_ns, line.name, thread, _result(line), flags)

    def _clone_record(self, time_ns: int, name: str, thread: ThreadEntry, result: Value, flags: int) -> bytes:
        params = _identity(thread) | {"res": result, "flags": flags, "vtid": thread.tid, "vpid": thread.pid}
        return encode_record(name, time_ns, thread.tid, params, fill=True)

    def _execve(self, line: Line) -> bytes:
        path = (string(line.arguments[0]) or b"").decode("utf-8", "surrogateescape")
        words = strings(line.arguments[1])
        thread = self._threads[line.tid]
        if not line.error:
            name = path.rpartition("/")[2][:15]
            thread = replace(thread, name=name, exe=words[0] if words else path, args=words[1:], exepath=path)
            self._threads[line.tid] = thread
        params = _identity(thread) | {"res": _result(line), "filename": path, "trusted_exepath": thread.exepath}
        return encode_record("execve", line.time_ns, line.tid, params, fill=True)

    def _exit(self, line: Line) -> bytes:
        del self._threads[line.tid]
        number = Signals[line.name].value if line.name in Signals.__members__ else 0
        status = line.result or 0
        params: dict[str, Value] = {"status": status << 8 | number, "ret": status, "sig": number}
        return encode_record("PROCEXIT_1_E", line.time_ns, line.tid, params, fill=True)


def _call(line: Line) -> bytes:
    if line.name not in PARAMETERS:
        number = _NUMBERS.get(line.name, 0)
        params: dict[str, Value] = {"ID": line.name if line.name in _NUMBERS else 0, "nativeID": number}
        return encode_record("GENERIC_X", line.time_ns, line.tid, params)
    kind = event_type(line.name)
    params = parameters(line.name, line.arguments) | {kind.params[0].name: _result(line)}
    if "data" in params and isinstance(params["data"], bytes) and line.result is not None:
        params["data"] = params["data"][: max(line.result, 0)]
    return encode_record(kind, line.time_ns, line.tid, params, fill=True)


def _result(line: Line) -> Value:
    return line.error or line.result


def _identity(thread: ThreadEntry) -> dict[str, Value]:
    return {
        "exe": thread.exe,
        "args": thread.args,
        "tid": thread.tid,
        "pid": thread.pid,
        "ptid": thread.ptid,
        "cwd": thread.cwd,
        "comm": thread.name,
    }


def _clone_flags(line: Line) -> int:
    match = re.search(r"flags=([A-Za-z0-9_|]+)", " ".join(line.arguments))
    total = 0
    for name in match[1].split("|") if match else ():
        total |= _CLONE_FLAGS.get(name, 0)
    return total


def _child(parent: ThreadEntry, tid: int, flags: int) -> ThreadEntry:
    if flags & _CLONE_FLAGS["CLONE_THREAD"]:
        return replace(parent, tid=tid)
    return replace(parent, tid=tid, pid=tid, ptid=parent.pid)
