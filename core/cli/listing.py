"""The lists that -l and -L print: fields and events."""

from __future__ import annotations

import textwrap
from itertools import groupby

from tracer.core._engine import FieldInfo, fields
from tracer.core.schema.tables import EVENT_TYPES, EventType

NAME_WIDTH = 30
LINE_WIDTH = 120


def print_fields(verbose: bool) -> None:
    """Prints every field with its meaning; `verbose` adds type and argument."""
    for family, members in groupby(_by_family(fields()), key=_family):
        print(f"{'-' * NAME_WIDTH}\n{family}\n")
        for field in members:
            _print_entry(field.name, _description(field, verbose))
        print()


def print_fields_as_markdown() -> None:
    """Prints every field with type and meaning, as tables of a Markdown page."""
    for family, members in groupby(_by_family(fields()), key=_family):
        print(f"## {family}\n\n| Name | Type | Description |\n|---|---|---|")
        for field in members:
            text = field.description.rstrip().replace("|", r"\|")
            notes = f" ({', '.join(_notes(field)[1:])})" if _notes(field)[1:] else ""
            print(f"| `{field.name}` | {_notes(field)[0]} | {text}{notes} |")
        print()


def _family(field: FieldInfo) -> str:
    return field.name.partition(".")[0]


def _by_family(fields: list[FieldInfo]) -> list[FieldInfo]:
    """The fields in their order, but those of a family together: plugins may add to one of the engine's."""
    families = list(dict.fromkeys(map(_family, fields)))
    return sorted(fields, key=lambda field: families.index(_family(field)))


def _description(field: FieldInfo, verbose: bool) -> str:
    text = field.description.rstrip()
    return f"({', '.join(_notes(field))}) {text}" if verbose else text


def _notes(field: FieldInfo) -> list[str]:
    """The field's type, and what else there is to say of its use."""
    notes = [field.type.upper()]
    if field.is_list:
        notes.append("list")
    if field.argument != "none":
        notes.append(f"argument {field.argument}")
    if field.filter_only:
        notes.append("filters only")
    return notes


def _print_entry(name: str, text: str) -> None:
    lines = textwrap.wrap(text, LINE_WIDTH - NAME_WIDTH) or [""]
    if len(name) >= NAME_WIDTH:
        print(name)
        name = ""
    print(f"{name:{NAME_WIDTH}}{lines[0]}")
    for line in lines[1:]:
        print(" " * NAME_WIDTH + line)


def print_events() -> None:
    """Prints every event that drivers emit today, with its parameters."""
    for event in EVENT_TYPES:
        if _is_listed(event):
            params = ", ".join(f"{param.type.upper()} {param.name}" for param in event.params)
            print(f"{'>' if event.is_enter else '<'} {event.name}({params})")


def _is_listed(event: EventType) -> bool:
    # Enter events are marked as old because readers can do without them; the exit event tells whether a pair is.
    is_old = "old_version" in EVENT_TYPES[event.code | 1].flags
    return not is_old and "unused" not in event.flags and "internal" not in event.categories
