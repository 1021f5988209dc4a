"""The schema as Python values: events, flags and system calls by code and by name."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.core.schema import _tables


@dataclass(frozen=True)
class Param:
    """One parameter of an event."""

    name: str
    type: str
    """scap parameter type (`fd`, `charbuf`, `flags32`, ...)."""
    format: str
    """How numbers print: `dec`, `hex`, `oct`, or `na`."""
    argument: str
    """Flag table, dynamic table, or index of the parameter with the directory descriptor; "" for none."""
    appended: bool
    """True if sysdig 0.29.3 does not know this parameter."""
    source: str = ""
    """Where a probe finds the value, as an expression of the call's result and arguments; "" if code finds it."""


@dataclass(frozen=True)
class EventType:
    """One event code of the scap protocol."""

    code: int
    enum: str
    name: str
    categories: tuple[str, ...]
    flags: tuple[str, ...]
    params: tuple[Param, ...]
    appended_flags: tuple[str, ...] = ()
    """Those of the flags that sysdig 0.29.3 does not give the event."""

    @property
    def is_enter(self) -> bool:
        """True for enter events (even codes)."""
        return self.code % 2 == 0


FINGERPRINT: str = _tables.FINGERPRINT
"""Changes with any change of the schema."""

EVENT_TYPES: tuple[EventType, ...] = tuple(
    EventType(code, enum, name, categories, flags, tuple(Param(*param) for param in params), appended)
    for code, enum, name, categories, flags, params, appended in _tables.EVENTS
)
"""Event types, indexed by code."""

EVENT_TYPE_BY_ENUM: dict[str, EventType] = {event.enum: event for event in EVENT_TYPES}
FLAG_TABLES: dict[str, dict[str, int]] = _tables.FLAG_TABLES
SYSCALL_IDS: dict[str, int] = _tables.SYSCALL_IDS
"""Architecture-independent system call ids (PPM_SC_*) by name."""
SYSCALLS: dict[str, dict[int, tuple[str, str]]] = _tables.SYSCALLS
"""By architecture and number: name, and stem of the event pair's enum ("generic" for none of its own)."""
