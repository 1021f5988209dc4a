"""Texts in quotes, as conditions have them."""

from __future__ import annotations

_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", " ": "\\", "/": "/"}


def unescaped(literal: str) -> str:
    """What stands between the quotes, with its escapes resolved. Raises ValueError.

    Bytes above 127 become lone surrogates, as for file names.
    """
    quote, text = literal[0], literal[1:-1]
    if "\\" not in text:
        return text
    made: list[str] = []
    rest = iter(range(len(text)))
    for at in rest:
        if text[at] != "\\":
            made.append(text[at])
            continue
        at = next(rest, -1)
        if at < 0:
            break
        letter = text[at]
        if letter == "x":
            made.append(_byte(text[at + 1 : at + 3]))
            next(rest), next(rest)
        elif letter in "\"'":
            if letter != quote:
                raise ValueError(f"invalid \\{letter} escape in {quote}-quoted string")
            made.append(letter)
        elif letter in _ESCAPES:
            made.append(_ESCAPES[letter])
        else:
            raise ValueError(f"unsupported string escape sequence: \\{letter}")
    return "".join(made)


def _byte(digits: str) -> str:
    if len(digits) < 2:
        raise ValueError("truncated hex char escape sequence")
    try:
        return bytes.fromhex(digits).decode("ascii", "surrogateescape")
    except ValueError:
        raise ValueError(f"invalid hex char escape sequence: {digits}") from None
