"""Python's view of the schema: one module of constants, read by `tables.py`."""

from __future__ import annotations

from pprint import pformat

from source import Schema


def module(schema: Schema) -> str:
    """_tables.py: plain tuples and dictionaries, quick to import."""
    events = [
        (
            event.code,
            event.enum,
            event.name,
            event.categories,
            event.flags,
            tuple((p.name, p.type, p.format, p.argument, p.appended, p.source) for p in event.params),
            event.appended_flags,
        )
        for event in schema.events
    ]
    syscalls = {name: {s.number: (s.name, s.event) for s in rows} for name, rows in schema.syscalls.items()}
    return (
        '"""Generated from core/schema. Do not edit."""\n\n'
        "from typing import Any\n\n"
        f"FINGERPRINT = {schema.fingerprint!r}\n"
        f"EVENTS: list[Any] = {pformat(events, width=120, compact=True)}\n"
        f"FLAG_TABLES: dict[str, dict[str, int]] = {pformat(schema.flag_tables, width=120, sort_dicts=False)}\n"
        f"SYSCALL_IDS: dict[str, int] = {pformat(schema.syscall_ids, width=120, sort_dicts=False)}\n"
        f"SYSCALLS: dict[str, dict[int, tuple[str, str]]] = {pformat(syscalls, width=120, sort_dicts=False)}\n"
    )
