"""Which system calls a run has to see: those that its filter can let through, and those that change state."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tracer.core._engine import Filter

COUNTED_OVER_ALL = ("evt.num", "evt.reltime")
"""Fields, and those whose names begin so, whose value depends on events that do not pass."""

MEMORY_FIELDS = ("proc.vm", "proc.pf", "thread.vm", "thread.pf")
"""Fields, and those whose names begin so, that calls of MEMORY_CALLS bring up to date."""

MEMORY_CALLS = frozenset({"brk", "mmap", "mmap2", "munmap"})

CONNECTION_FIELDS = ("fd.connected",)
"""Fields that calls of TRANSFER_CALLS bring up to date: what moves data through a socket shows that it is connected."""

TRANSFER_CALLS = frozenset(
    {"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "send", "recv"}
)

STATE_FIELDS = frozenset({*MEMORY_FIELDS, *CONNECTION_FIELDS})
"""Stand for all fields that some calls are needed for, where it is not known which fields will be asked for."""


class Selection(NamedTuple):
    """System calls by name."""

    matching: frozenset[str] | None
    """Those whose events can pass; None for all."""
    state: frozenset[str]
    """Those that are needed besides, whether their events pass or not; of all, they need no naming."""
    reason: str
    """Why it is all of them; "" if it is not."""

    @property
    def syscalls(self) -> frozenset[str] | None:
        """What a plan asks for."""
        return None if self.matching is None else self.matching | self.state


def select_syscalls(
    filter: Filter | None,
    filter_fields: Collection[str],
    output_fields: Collection[str],
    enter_events: bool,
) -> Selection:
    """The calls for a run with this filter, which mentions `filter_fields` and whose output shows `output_fields`.

    Whatever passes the filter prints the same with only these calls, but for evt.num in the output: it counts the
    events that are delivered.
    """
    reason = why_all(filter, filter_fields, output_fields)
    if filter is None or reason:
        return Selection(None, frozenset(), reason)
    matching = frozenset(
        name
        for name, codes in _codes_by_syscall().items()
        if any(filter.may_match(code, call) for code, call in codes if code % 2 or enter_events)
    )
    if matching == _codes_by_syscall().keys():
        return Selection(None, frozenset(), "the filter can let any of them pass")
    return Selection(matching, state_syscalls({*filter_fields, *output_fields}), "")


def state_syscalls(fields: Collection[str]) -> frozenset[str]:
    """The calls that change what is known of threads and descriptors, as far as these fields show it."""
    from tracer.core._engine import changes_state
    from tracer.core.schema.tables import EVENT_TYPES

    unseen: frozenset[str] = frozenset()
    if not begins_with_any(fields, MEMORY_FIELDS):
        unseen |= MEMORY_CALLS
    if not begins_with_any(fields, CONNECTION_FIELDS):
        unseen |= TRANSFER_CALLS
    return frozenset(
        name
        for name, codes in _codes_by_syscall().items()
        if any(
            "modifies_state" in EVENT_TYPES[code].flags or (changes_state(code) and name not in unseen)
            for code, _ in codes
        )
    )


def every_syscall() -> Collection[str]:
    """The names of all calls that can be told apart."""
    return _codes_by_syscall().keys()


def begins_with_any(names: Collection[str], beginnings: tuple[str, ...]) -> bool:
    """Whether one of the names begins with one of the beginnings."""
    return any(name.startswith(beginnings) for name in names)


def why_all(filter: Filter | None, filter_fields: Collection[str], output_fields: Collection[str]) -> str:
    """Why every call is needed under a filter; "" if not."""
    if filter is None:
        return "there is no filter"
    if filter.keeps_history:
        return "the filter looks at the time between events"
    if begins_with_any(filter_fields, COUNTED_OVER_ALL):
        return "the filter looks at a number or time that is counted over all events"
    if begins_with_any(output_fields, COUNTED_OVER_ALL[1:]):
        return "the output shows the time since the first event of all"
    if begins_with_any({*filter_fields, *output_fields}, ("evt.latency",)) and filter.may_match(_switch_code()):
        return "context switches show the latency of whichever call came before"
    return ""


def _switch_code() -> int:
    from tracer.core.schema.tables import EVENT_TYPE_BY_ENUM

    return EVENT_TYPE_BY_ENUM["SCHEDSWITCH_6_E"].code


@cache
def _codes_by_syscall() -> dict[str, list[tuple[int, int]]]:
    """Of each call, the codes of the events that it may make, and its id, which generic events carry."""
    from tracer.core.schema.tables import EVENT_TYPE_BY_ENUM, SYSCALL_IDS

    codes: dict[str, list[tuple[int, int]]] = {}
    for name, stem in _syscall_rows():
        stems = ["GENERIC"] if stem == "generic" else [stem, "GENERIC"]
        kinds = [(EVENT_TYPE_BY_ENUM[f"{each}_{end}"].code, SYSCALL_IDS[name]) for each in stems for end in "EX"]
        codes.setdefault(name, []).extend(kinds)
    return codes


def _syscall_rows() -> Iterator[tuple[str, str]]:
    from tracer.core.schema.tables import SYSCALLS

    for rows in SYSCALLS.values():
        yield from rows.values()
    yield "unknown", "generic"  # calls that have no name
