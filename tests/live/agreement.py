"""Holds the events of a run against strace's log of the same run: each call there once, in order, with equal values."""

from __future__ import annotations

import errno
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tracer.core.schema.tables import EVENT_TYPES, FLAG_TABLES, SYSCALLS

from .strace_arguments import ARGUMENTS, is_same, same_integer
from .strace_log import Call, Log

# A call that starts a new thread returns there too, with 0; strace shows the parent's return only.
RETURNS_TWICE = {"clone", "clone3", "fork", "vfork"}
# Calls that never return: strace shows them with "?", their event is an enter event.
NEVER_RETURNS = {"exit", "exit_group"}

# An event for each message.
SEVERAL_MESSAGES = {"sendmmsg", "recvmmsg"}
# What a call's result is called in the kernel alone.
KERNEL_ERRORS = {"ERESTARTSYS": 512, "ERESTARTNOINTR": 513, "ERESTARTNOHAND": 514, "ERESTART_RESTARTBLOCK": 516}
# Numbers that no kernel serves any more; strace still has names for them.
UNSERVED = {
    "uselib": 134, "_sysctl": 156, "create_module": 174, "get_kernel_syms": 177, "query_module": 178, "nfsservctl": 180,
    "getpmsg": 181, "putpmsg": 182, "afs_syscall": 183, "tuxcall": 184, "security": 185, "vserver": 236,
}  # fmt: skip

_NAMES_BY_EVENT: dict[str, set[str]] = {}
for _table in SYSCALLS.values():
    for _name, _stem in _table.values():
        _NAMES_BY_EVENT.setdefault(_stem, set()).add(_name)


def number_in(name: str) -> int | None:
    """The number of a call that strace has no name for."""
    prefix, _, number = name.partition("syscall_0x")
    return int(number, 16) if not prefix and number else None


def name_of(call: Call) -> str:
    """The name of a call, also of one that is younger than strace."""
    number = number_in(call.name)
    return call.name if number is None else SYSCALLS["x86_64"].get(number, (call.name, ""))[0]


def _error_of(call: Call) -> int:
    return KERNEL_ERRORS.get(call.errno_name) or int(getattr(errno, call.errno_name))


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
        number = UNSERVED.get(syscall) or number_in(syscall)
        if number:
            return bool(self.params.get("nativeID") == number)
        if syscall == "execveat" and self.name == "execve":  # what a successful one is told as
            return bool(self.params["res"] == 0)
        return self.name == syscall if stem == "GENERIC" else syscall in _NAMES_BY_EVENT.get(stem, set())


@dataclass
class Report:
    """What was compared and what differed."""

    differences: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    available: set[str] = field(default_factory=set)
    """Calls that the kernel has: at least once its answer was not ENOSYS."""
    values: Counter[str] = field(default_factory=Counter)
    """Arguments and results compared, by system call."""

    def not_reached(self) -> set[str]:
        """Calls of this architecture that were not compared."""
        return _known() - set(self.calls)

    def summary(self) -> str:
        """The calls compared, and those of this architecture that were not, with the reason."""
        known = _known()
        compared = set(self.calls)
        absent = compared - self.available
        lines = [
            f"{len(compared & known)} of {len(known)} system calls compared with strace in {sum(self.calls.values())} "
            f"calls and {sum(self.values.values())} values, {len(self.differences)} differences:",
            ", ".join(f"{name} {count}" for name, count in sorted(self.calls.items())),
            f"of these, this kernel does not have (ENOSYS): {', '.join(sorted(absent)) or 'none'}",
            f"not reached: {', '.join(sorted(self.not_reached())) or 'none'}",
        ]
        return "\n".join(lines)


def _known() -> set[str]:
    return {name for name, _ in SYSCALLS["x86_64"].values()}


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
    expected = [call for call in calls if call.returned or call.name in NEVER_RETURNS]
    found = _one_for_each_call([event for event in stream if not _is_childs_return(event)], expected)
    # A call that kills its thread returns, which strace does not live to see.
    if len(found) > len(expected) and len(calls) > len(expected):
        expected.append(calls[-1])
    for i, (call, event) in enumerate(zip(expected, found, strict=False)):
        if not event.can_be(name_of(call)):
            around = [e.name for e in found[max(0, i - 3) : i + 3]]
            report.differences.append(
                f"thread {tid} call {i}: strace has {name_of(call)}, the stream has {event.name}, amid {around}"
            )
            return
        _compare_call(call, event, report)
    if len(expected) != len(found):
        longer, rest = (
            ("strace", expected[len(found) :]) if len(expected) > len(found) else ("stream", found[len(expected) :])
        )
        report.differences.append(f"thread {tid}: {longer} has {len(rest)} calls more: {[c.name for c in rest[:5]]}")


def _one_for_each_call(stream: list[Seen], calls: list[Call]) -> list[Seen]:
    """Of the events of a call that sends or receives many messages, one for each: the first."""
    kept = list(stream)
    for i, call in enumerate(calls):
        if call.name in SEVERAL_MESSAGES and call.result is not None and call.result > 1:
            del kept[i + 1 : i + call.result]
    return kept


def _is_childs_return(event: Seen) -> bool:
    return any(event.can_be(name) for name in RETURNS_TWICE) and next(iter(event.params.values()), None) == 0


def _compare_call(call: Call, event: Seen, report: Report) -> None:
    report.calls[name_of(call)] += 1
    if call.errno_name != "ENOSYS":
        report.available.add(name_of(call))
    tables = {parameter.name: parameter.argument for parameter in EVENT_TYPES[event.code].params}
    if list(event.params) != list(tables):
        report.differences.append(f"{call.name}: the event has {list(event.params)}, its type {list(tables)}")
    for argument in ARGUMENTS.get(call.name, ()):
        name = argument.parameter
        if name not in event.params:
            report.differences.append(f"{call.name}: the event has no parameter {name}")
            continue
        value = event.params[name]
        if argument.index is None:
            result = -_error_of(call) if call.errno_name else call.result
            same = not call.returned or same_integer(result, value)
            wanted: object = result
        elif argument.index < len(call.arguments):
            same = is_same(call, argument, value, FLAG_TABLES.get(tables[name], {}))
            wanted = call.arguments[argument.index]
        else:
            continue  # not printed, as O_CREAT's mode without O_CREAT
        report.values[call.name] += 1
        if not same:
            report.differences.append(
                f"thread {call.tid} {call.name}{call.arguments} = {call.result} {call.errno_name}: "
                f"{name} is {value!r}, strace has {wanted!r}"
            )
