"""How values are written: quotes and escapes."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|x|[\\\"'])", re.DOTALL)


def unescape(text: str) -> tuple[str, int]:
    r"""The text with its escapes resolved: ``\\``, ``\"``, ``\'`` and ``\xHH`` for any byte.

    A backslash before anything else stands for itself, so that patterns need no doubling. The second value is the
    index of an ``\x`` that two hexadecimal digits do not follow, or -1. Bytes above 127 become lone surrogates.
    """
    bad = -1

    def resolve(match: re.Match[str]) -> str:
        nonlocal bad
        escape = match[1]
        if escape == "x":
            bad = match.start() if bad < 0 else bad
        elif escape[0] == "x":
            return bytes([int(escape[1:], 16)]).decode("ascii", "surrogateescape")
        return escape

    resolved = _ESCAPE.sub(resolve, text)
    return resolved, bad


def encode(text: str) -> bytes:
    """The bytes that a value stands for."""
    return text.encode("utf-8", "surrogateescape")
