"""What the compiler asks about fields, and the engine's answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from tracer.core import _engine


class Field(NamedTuple):
    """A field with its argument bound."""

    name: str
    argument: str | None
    """What stands in brackets or after the name's dot; None for nothing."""
    type: str
    """scap's name of the type: charbuf, int64, ipaddr, ..."""
    is_list: bool = False
    """True if an event may have several values."""


class FieldRegistry(Protocol):
    """Knows the fields."""

    def find(self, text: str) -> Field | None:
        """The field written as `text`; None if there is none. Raises ValueError for an argument that cannot be."""

    def names(self) -> Sequence[str]:
        """All fields, without arguments."""

    def regex_error(self, pattern: bytes) -> str:
        """What is wrong with a regular expression; "" for nothing."""


class EngineRegistry:
    """The fields of the engine."""

    def find(self, text: str) -> Field | None:
        """See FieldRegistry."""
        text = _QUOTED_ARGUMENT.sub(r"[\2]", text)
        try:
            rest = text.encode()
        except UnicodeEncodeError:
            return None
        found = _engine.split_field(text)
        if found is None:
            return None
        name, argument, length = found
        rest = rest[length:]
        if rest.startswith(b"[") and argument is None:
            raise ValueError(f"{name} takes no argument")
        if rest:
            return None
        return Field(name, argument, _engine.check_field(name, argument), _engine.is_list_field(name))

    def names(self) -> Sequence[str]:
        """See FieldRegistry."""
        return [field.name for field in _engine.fields()]

    def regex_error(self, pattern: bytes) -> str:
        """See FieldRegistry."""
        return _engine.regex_error(pattern)


_QUOTED_ARGUMENT = re.compile(r"""\[(["'])(.*)\1\]$""", re.DOTALL)
