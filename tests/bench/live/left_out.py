"""What being traced costs a call that is left out: by a filter, or because no filter asks for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from statistics import median

from tests.bench.live.tools import Counts, Tools, tracing
from tests.bench.rows import Result

WORK = "getppid"
NOTHING, EMPTY = "nothing", "empty program"
FILTERS = {
    "filter that does not match": ("proc.name=nosuch", 1.5),
    "call outside the plan": ("evt.type=mkdir", 1.3),
}
"""What is traced, and how many times as much as an empty program it may cost."""


def left_out(tools: Tools, rounds: int) -> list[Callable[[], list[Result]]]:
    """Rows about the cost of a call that is not recorded."""
    return [lambda: left_out_rows(tools, rounds)]


def left_out_rows(tools: Tools, rounds: int) -> list[Result]:
    """Nanoseconds that each adds to a call: medians of rounds in which all have their turns."""
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        contexts: dict[str, AbstractContextManager[Counts | None]] = {
            NOTHING: nullcontext(),
            EMPTY: tools.limit_attached("empty"),
        }
        contexts |= {name: tracing("-q", filter=text) for name, (text, _) in FILTERS.items()}
        for name, context in contexts.items():
            with context:
                taken.setdefault(name, []).append(tools.cost(WORK))
    alone = median(taken[NOTHING])
    empty = median(taken[EMPTY]) - alone
    return [
        Result(
            f"overhead: {name}",
            f"+{median(taken[name]) - alone:.0f} ns",
            f"empty +{empty:.0f} ns",
            (median(taken[name]) - alone) / empty,
            target,
            "x an empty program",
            smaller_is_better=True,
        )
        for name, (_, target) in FILTERS.items()
    ]
