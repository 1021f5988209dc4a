"""Formats of alerts: whether they are right, and what is wrong in Falco's words."""

from __future__ import annotations

import re
from functools import cache

_ABOUT_UNKNOWN_FIELDS = (
    "nonexistent field",
    "invalid formatting token",
    "unknown event type",
    "unknown filter:",
)


def is_about_unknown_field(message: str) -> bool:
    """Whether a message says that a field or an event type is not known."""
    return any(words in message for words in _ABOUT_UNKNOWN_FIELDS)


@cache
def format_error(text: str) -> str:
    """What is wrong with a format; "" for nothing."""
    from tracer.core._engine import Format

    if not text:
        return "empty formatting token"
    try:
        Format.line(text)
    except ValueError as error:
        if "no field is called" in str(error):
            # Falco tries ever shorter names, and tells what was wrong with the last, a single letter.
            return "unknown filter: unexpected token after '"
        if text.endswith("%"):
            return "invalid formatting syntax: formatting cannot end with a %"
        if text[-1].isdigit():
            return "invalid formatting syntax: formatting cannot end with a number"
        return str(error).removeprefix("output format: ")
    return ""


def fields_of_format(text: str) -> list[str]:
    """The fields of a format that is right, in order."""
    from tracer.core import _engine

    found = []
    for place in re.finditer(r"%\d*(?=[a-z])", text):
        rest = text[place.end() :]
        field = _engine.split_field(rest)
        if field is not None:
            _, _, length = field
            found.append(rest.encode()[:length].decode())
    return found
