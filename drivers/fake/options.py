"""The argument of the fake driver: what to play, and how.

``FILE`` or ``MODULE:FUNCTION``, then optionally ``?`` and options joined by ``&``::

    fake:trace.scap?speed=1&loop=3
    fake:trace.scap?drop=1/100&reorder=1/50&seed=7

A name that exists as a file, question mark and all, is taken as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from tracer.core.driver import DriverError


@dataclass(frozen=True)
class ReplayOptions:
    """How events are played. Each fault hits a share of the events, 0 to 1, picked at random by `seed`."""

    speed: float = 0
    """Factor of real time: 1 plays as it happened, 2 twice as fast; 0 as fast as can be."""
    loop: int = 1
    """How often to play it all, time going on from one round to the next; 0 for ever."""
    count: int = 0
    """End after so many events; 0 for no such end."""
    drop: Fraction = Fraction(0)
    """Share of events to lose."""
    reorder: Fraction = Fraction(0)
    """Share of events to hand over after the event that follows them."""
    truncate: Fraction = Fraction(0)
    """Share of events to cut short, at a random byte."""
    delay: Fraction = Fraction(0)
    """Share of events to hold back for `delay_ms`, with all that follow them."""
    delay_ms: float = 10
    """Milliseconds that a delayed event waits."""
    seed: int = 0
    """The same seed gives the same faults."""

    @property
    def is_plain(self) -> bool:
        """True if everything is played as it is, once, as fast as can be."""
        return self == ReplayOptions()


@dataclass(frozen=True)
class FakeArgument:
    """What to play, and how."""

    target: str
    options: ReplayOptions


def parse_argument(argument: str) -> FakeArgument:
    """Takes an argument apart. Raises DriverError, naming what is wrong in it."""
    target, mark, text = argument.rpartition("?")
    if not mark or Path(argument).exists():
        return FakeArgument(argument, ReplayOptions())
    values: dict[str, Any] = {}
    for part in text.split("&") if text else []:
        name, equals, value = part.partition("=")
        if name not in _PARSERS:
            from difflib import get_close_matches

            near = get_close_matches(name, _PARSERS, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise DriverError(f"fake: no option is called {name!r}{hint}; there are: {', '.join(_PARSERS)}")
        try:
            values[name] = _PARSERS[name](value if equals else "")
        except (ValueError, ZeroDivisionError):
            raise DriverError(f"fake: {name}={value}: expected {_EXPECTED[_PARSERS[name]]}") from None
    return FakeArgument(target, ReplayOptions(**values))


def _number(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError
    return value


def _share(text: str) -> Fraction:
    value = Fraction(text)
    if not 0 <= value <= 1:
        raise ValueError
    return value


_EXPECTED: dict[Callable[[str], Any], str] = {
    _number: "a number, 0 or more",
    _count: "a whole number, 0 or more",
    _share: "a share between 0 and 1, such as 1/100 or 0.01",
}
_BY_TYPE = {"float": _number, "int": _count, "Fraction": _share}
_PARSERS = {field.name: _BY_TYPE[str(field.type)] for field in fields(ReplayOptions)}
