"""How sysdig's chisels print values: columns, sizes, durations, numbers, colours. Widths count bytes."""

from __future__ import annotations

from typing import Any

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
NS_PER_US = 1_000

ESCAPE = "\x1b["
RESET, RED, GREEN, YELLOW, BLUE, CYAN = (f"{ESCAPE}{code}m" for code in (0, 31, 32, 33, 34, 36))
CLEAR_SCREEN = f"{ESCAPE}2J"
HIDE_CURSOR = f"{ESCAPE}?25l"
SHOW_CURSOR = f"{ESCAPE}?25h"
TO_TOP = f"{ESCAPE}0;0H"

SIZE_UNITS = ((5, "P"), (4, "T"), (3, "G"), (2, "M"), (1, "KB"))
"""Powers of 1024 and what stands behind them."""

LONGEST_PADDING = 167
"""How many spaces `extend` adds at most."""


def text_of(value: Any) -> str:
    """A field's value as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    return number(value)


def number(value: float) -> str:
    """A number with at most 14 digits."""
    return f"{value:.14g}"


def hundredths(value: float) -> str:
    """A number with two digits behind the point; what is just between two is rounded up, as LuaJIT does."""
    # Of the numbers between two hundredths, floating point has only those that are an odd number of eighths.
    return f"{value + 0.001 if value * 8 % 2 == 1 else value:.2f}"


def extend(text: str, width: int) -> str:
    """The text and spaces up to `width`; a longer one is cut, and ends with a space."""
    if width <= 0:
        return ""
    data = text.encode(errors="surrogateescape")
    if len(data) < width:
        return text + " " * min(width - len(data), LONGEST_PADDING)
    return data[: width - 1].decode(errors="surrogateescape") + " "


def left(text: str, width: int) -> str:
    """The text and spaces up to `width`; a longer one stays as it is."""
    return text + " " * (width - len(text.encode(errors="surrogateescape")))


def fixed(text: str, width: int) -> str:
    """The text in just so many columns."""
    return left(text.encode(errors="surrogateescape")[:width].decode(errors="surrogateescape"), width)


def size(bytes_: float) -> str:
    """A number of bytes in the largest unit of which there is more than one."""
    for power, unit in SIZE_UNITS:
        if bytes_ > 1024**power:
            return f"{hundredths(bytes_ / 1024**power)}{unit}"
    return f"{int(bytes_)}B"


def duration(ns: float) -> str:
    """A number of nanoseconds, with the largest unit that fits."""
    if ns >= NS_PER_S:
        return f"{int(ns // NS_PER_S)}.{int(ns % NS_PER_S / 10_000_000):02}s"
    for unit_ns, unit in ((NS_PER_MS, "ms"), (NS_PER_US, "us")):
        if ns >= unit_ns * 10:
            return f"{int(ns // unit_ns)}{unit}"
        if ns >= unit_ns:
            return f"{int(ns // unit_ns)}.{int(ns % unit_ns / (unit_ns / 100)):02}{unit}"
    return f"{int(ns)}ns"
