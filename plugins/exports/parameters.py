"""The parameters and the descriptor of an event as plain values, for formats that know no others."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tracer import Event

Value: TypeAlias = "int | float | str"


def parameters(event: Event) -> dict[str, Value]:
    """Parameters by name: numbers, or the text that `tracer` prints for them, as in ``-2(ENOENT)``."""
    values: dict[str, Value] = {}
    for index, (name, raw) in enumerate(event.params.items()):
        if raw is None:
            continue
        text = event[_field(index)]
        if isinstance(raw, int):
            values[name] = _number(raw, text)
        elif isinstance(raw, float):
            values[name] = raw
        elif text:
            values[name] = clean(text)
    return values


def descriptor_values(event: Event) -> dict[str, Value]:
    """What the event's descriptor is, by the names of fields; nothing if it has none."""
    descriptor = event.descriptor
    if descriptor is None:
        return {}
    return {"fd.num": descriptor.fd, "fd.type": descriptor.type, "fd.name": clean(descriptor.name)}


def field_values(event: Event, fields: tuple[str, ...]) -> dict[str, Value]:
    """The fields that the event has; lists and bytes as text."""
    values = {field: event[field] for field in fields}
    return {field: plain(value) for field, value in values.items() if value is not None}


def plain(value: object) -> Value:
    """A value of a field as a number or text."""
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, (list, tuple)):
        return ",".join(str(plain(each)) for each in value)
    return clean(str(value))


def clean(text: str) -> str:
    """Text of the traced system as text that UTF-8 can hold: bytes that are no characters become U+FFFD."""
    return text if text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace")


def _number(raw: int, text: str | None) -> Value:
    """The number, with what it stands for where that is known."""
    if not text or text in (str(raw), f"{raw:X}", f"{raw:o}", f"0{raw:o}"):
        return raw
    return f"{raw}({clean(text)})"


@cache
def _field(index: int) -> str:
    return f"evt.arg[{index}]"
