"""Holds the events of a run against strace's log of the same run: each call there once, in order, with equal values."""

from __future__ import annotations

import errno
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tracer.core.schema.tables import EVENT_TYPES, FLAG_TABLES, SYSCALLS

from .strace_log import Call, Log

# A call that starts a new thread returns there too, with 0; strace shows the parent's return only.
RETURNS_TWICE = {"clone", "clone3", "fork", "vfork"}
# Calls that never return: strace shows them with "?", their event is an enter event.
NEVER_RETURNS = {"exit", "exit_group"}

_NAMES_BY_EVENT: dict[str, set[str]] = {}
for _name, _stem in SYSCALLS["x86_64"].values():
    _NAMES_BY_EVENT.setdefault(_stem, set()).add(_name)


@dataclass(frozen=True)
class Seen:
    """One event of a call, kept from the stream: its exit, or its enter if it never returns."""

    tid: int
    code: int
    name: str
    params: dict[str, Any]

    def can_be(self, syscall: str) -> bool:
        """Whether this is the event of that system call."""
        stem = EVENT_TYPES[self.code].enum[:-2]
        return self.name == syscall if stem == "GENERIC" else syscall in _NAMES_BY_EVENT.get(stem, set())


@dataclass
class Report:
    """What was compared and what differed."""

    differences: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    """Arguments and results compared, by system call."""


# For each system call: parameter -> (index of strace's argument, kind).
# Kinds: int, text, flags (a set of names), data (as many bytes as the event kept), address.
ARGUMENTS: dict[str, dict[str, tuple[int, str]]] = {
    "open": {"name": (0, "text"), "flags": (1, "flags")},
    "openat": {"dirfd": (0, "int"), "name": (1, "text"), "flags": (2, "flags")},
    "creat": {"name": (0, "text")},
    "close": {"fd": (0, "int")},
    "read": {"fd": (0, "int"), "data": (1, "data"), "size": (2, "int")},
    "write": {"fd": (0, "int"), "data": (1, "data"), "size": (2, "int")},
    "pread64": {"fd": (0, "int"), "data": (1, "data"), "size": (2, "int"), "pos": (3, "int")},
    "pwrite64": {"fd": (0, "int"), "data": (1, "data"), "size": (2, "int"), "pos": (3, "int")},
    "readv": {"fd": (0, "int")},
    "writev": {"fd": (0, "int")},
    "lseek": {"fd": (0, "int"), "offset": (1, "int"), "whence": (2, "int")},
    "stat": {"path": (0, "text")},
    "lstat": {"path": (0, "text")},
    "fstat": {"fd": (0, "int")},
    "newfstatat": {"dirfd": (0, "int"), "path": (1, "text"), "flags": (3, "flags")},
    "access": {"name": (0, "text"), "mode": (1, "flags")},
    "chdir": {"path": (0, "text")},
    "fchdir": {"fd": (0, "int")},
    "mkdir": {"path": (0, "text"), "mode": (1, "int")},
    "mkdirat": {"dirfd": (0, "int"), "path": (1, "text"), "mode": (2, "int")},
    "rmdir": {"path": (0, "text")},
    "unlink": {"path": (0, "text")},
    "unlinkat": {"dirfd": (0, "int"), "name": (1, "text"), "flags": (2, "flags")},
    "rename": {"oldpath": (0, "text"), "newpath": (1, "text")},
    "renameat": {"olddirfd": (0, "int"), "oldpath": (1, "text"), "newdirfd": (2, "int"), "newpath": (3, "text")},
    "renameat2": {"olddirfd": (0, "int"), "oldpath": (1, "text"), "newdirfd": (2, "int"), "newpath": (3, "text")},
    "link": {"oldpath": (0, "text"), "newpath": (1, "text")},
    "symlink": {"target": (0, "text"), "linkpath": (1, "text")},
    "chmod": {"filename": (0, "text")},
    "fchmod": {"fd": (0, "int")},
    "mmap": {"addr": (0, "int"), "length": (1, "int"), "prot": (2, "flags"), "fd": (4, "int"), "offset": (5, "int")},
    "munmap": {"addr": (0, "int"), "length": (1, "int")},
    "mprotect": {"addr": (0, "int"), "length": (1, "int"), "prot": (2, "flags")},
    "brk": {"addr": (0, "int")},
    "ioctl": {"fd": (0, "int"), "request": (1, "int")},
    "dup": {"oldfd": (0, "int")},
    "dup2": {"oldfd": (0, "int"), "newfd": (1, "int")},
    "dup3": {"oldfd": (0, "int"), "newfd": (1, "int"), "flags": (2, "flags")},
    "fcntl": {"fd": (0, "int"), "cmd": (1, "flags")},
    "socket": {"domain": (0, "flags"), "proto": (2, "int")},
    "bind": {"fd": (0, "int"), "addr": (1, "address")},
    "connect": {"fd": (0, "int"), "addr": (1, "address")},
    "listen": {"fd": (0, "int"), "backlog": (1, "int")},
    "shutdown": {"fd": (0, "int"), "how": (1, "flags")},
    "sendto": {"fd": (0, "int"), "data": (1, "data"), "size": (2, "int")},
    "recvfrom": {"fd": (0, "int"), "data": (1, "data"), "size": (2, "int")},
    "kill": {"pid": (0, "int"), "sig": (1, "int")},
    "tgkill": {"pid": (0, "int"), "tid": (1, "int"), "sig": (2, "int")},
    "tkill": {"tid": (0, "int"), "sig": (1, "int")},
    "execve": {"filename": (0, "text")},
    "setuid": {"uid": (0, "int")},
    "setgid": {"gid": (0, "int")},
    "setresuid": {"ruid": (0, "int"), "euid": (1, "int"), "suid": (2, "int")},
    "prctl": {"option": (0, "flags")},
    "epoll_create1": {"flags": (0, "flags")},
    "umount2": {"name": (0, "text"), "flags": (1, "flags")},
    "mount": {"dev": (0, "text"), "dir": (1, "text"), "type": (2, "text")},
}


def compare(log: Log, events: list[Seen]) -> Report:
    """Compares thread by thread: those that strace followed."""
    report = Report()
    streams: dict[int, list[Seen]] = {}
    for event in events:
        streams.setdefault(event.tid, []).append(event)
    for tid, calls in log.by_thread().items():
        _compare_thread(tid, calls, streams.pop(tid, []), report)
    return report


def _compare_thread(tid: int, calls: list[Call], stream: list[Seen], report: Report) -> None:
    # A thread that another one ends is in a call that it does not come back from.
    expected = [call for call in calls if call.result is not None or call.name in NEVER_RETURNS]
    found = [event for event in stream if not _is_childs_return(event)]
    for i, (call, event) in enumerate(zip(expected, found, strict=False)):
        if not event.can_be(call.name):
            around = [e.name for e in found[max(0, i - 3) : i + 3]]
            report.differences.append(
                f"thread {tid} call {i}: strace has {call.name}, the stream has {event.name}, amid {around}"
            )
            return
        _compare_call(call, event, report)
    if len(expected) != len(found):
        longer, rest = (
            ("strace", expected[len(found) :]) if len(expected) > len(found) else ("stream", found[len(expected) :])
        )
        report.differences.append(f"thread {tid}: {longer} has {len(rest)} calls more: {[c.name for c in rest[:5]]}")


def _is_childs_return(event: Seen) -> bool:
    return any(event.can_be(name) for name in RETURNS_TWICE) and next(iter(event.params.values()), None) == 0


def _compare_call(call: Call, event: Seen, report: Report) -> None:
    report.calls[call.name] += 1
    info = EVENT_TYPES[event.code]
    first = info.params[0].name if info.params else ""
    if first in ("res", "fd") and call.result is not None:
        result = -getattr(errno, call.errno_name) if call.errno_name else call.result
        _note(report, call, first, _same_integer(result, event.params.get(first)), result, event)
    for name, (index, kind) in ARGUMENTS.get(call.name, {}).items():
        if index >= len(call.arguments):
            continue
        if name not in event.params:
            report.differences.append(f"{call.name}: the event has no parameter {name}")
            continue
        value = event.params[name]
        table = next((p.argument for p in info.params if p.name == name), "")
        _note(report, call, name, _same(call, index, kind, value, table), call.arguments[index], event)


def _note(report: Report, call: Call, name: str, same: bool, wanted: object, event: Seen) -> None:
    report.values[call.name] += 1
    if not same:
        report.differences.append(
            f"thread {call.tid} {call.name}{call.arguments} = {call.result}: "
            f"{name} is {event.params.get(name)!r}, strace has {wanted!r}"
        )


def _same(call: Call, index: int, kind: str, value: Any, table: str) -> bool:
    if kind == "int":
        return _same_integer(call.integer(index), value)
    if kind == "text":
        data = call.data(index)
        if data is None:
            return value in ("", None, "<NA>", "(NULL)")
        return str(value).encode(errors="surrogateescape") == data
    if kind == "data":
        data = call.data(index)
        return data is None or bytes(value or b"") == data[: len(value or b"")]
    if kind == "flags":
        return _same_names(call, index, value, FLAG_TABLES.get(table, {}))
    if kind == "address":
        return _same_address(call.arguments[index], value)
    raise ValueError(kind)


def _same_integer(wanted: int | None, value: Any) -> bool:
    if wanted is None or not isinstance(value, int):
        return False
    # The event may keep fewer bits than the register has.
    return any(wanted % 2**bits == value % 2**bits for bits in (64, 32)) or (0 <= value < 256 and wanted % 256 == value)


def _same_names(call: Call, index: int, value: Any, table: dict[str, int]) -> bool:
    """The names that both know: strace's own, and those of the event's value."""
    wanted = call.names(index) & set(table)
    if not wanted:
        return True
    return all(
        isinstance(value, int) and (value & table[name]) == table[name] for name in wanted if table[name]
    ) or any(value == table[name] for name in wanted)


def _same_address(text: str, value: Any) -> bool:
    port = re.search(r"sin6?_port=\S+ /\* htons\((\d+)\) \*/", text)
    if port:
        return isinstance(value, str) and value.endswith(f":{port[1]}")
    path = re.search(r'sun_path=@?"((?:\\x[0-9a-f]{2})*)"', text)
    if path:
        raw = bytes.fromhex(path[1].replace("\\x", ""))
        return str(value).lstrip("@").encode() == raw.lstrip(b"\0")
    return True
