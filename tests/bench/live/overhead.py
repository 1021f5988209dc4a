"""What being traced costs a call, against the least that it can cost: an empty program, and a bare record."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from statistics import median

from tests.bench.live.tools import Counts, Tools, tracing
from tests.bench.rows import Result

WORKS = ("getppid", "read", "open+close")
TARGETS = {"getppid": 1.0, "read": 1.31, "open+close": 3.36}
"""How many times as much as a bare record. A bare getppid once took 137 ns where a bare record added 124, and where
falcosecurity/libs added 271 to reading a byte and 694 to opening and closing a file: 0.6 times that is asked for."""
NOTHING, EMPTY, RECORD, TRACER = "nothing", "empty program", "bare record", "tracer"


def overhead(tools: Tools, rounds: int) -> list[Callable[[], list[Result]]]:
    """Rows about the cost of a call that is recorded and consumed."""
    return [lambda: overhead_rows(tools, rounds)]


def overhead_rows(tools: Tools, rounds: int) -> list[Result]:
    """Nanoseconds that each adds to a call: medians of rounds in which all have their turns."""
    taken: dict[tuple[str, str], list[float]] = {}
    dropped = 0
    for _ in range(rounds):
        contexts: dict[str, AbstractContextManager[Counts | None]] = {
            NOTHING: nullcontext(),
            EMPTY: tools.limit_attached("empty"),
            RECORD: tools.limit_attached("record"),
            TRACER: tracing("-q"),
        }
        for name, context in contexts.items():
            with context as counts:
                for work in WORKS:
                    taken.setdefault((name, work), []).append(tools.cost(work))
            dropped += counts.dropped if counts else 0
    alone = {work: median(taken[NOTHING, work]) for work in WORKS}

    def added(name: str, work: str) -> float:
        return median(taken[name, work]) - alone[work]

    bare = added(RECORD, "getppid")
    results = [
        Result(
            f"overhead: {work}, {alone[work]:.0f} ns untraced",
            f"+{added(TRACER, work):.0f} ns",
            f"+{bare:.0f} ns, empty +{added(EMPTY, 'getppid'):.0f} ns",
            added(TRACER, work) / bare,
            TARGETS[work],
            "x a bare record",
            smaller_is_better=True,
        )
        for work in WORKS
    ]
    return [*results, drops_row("drops meanwhile", dropped)]


def drops_row(work: str, dropped: int) -> Result:
    """None may be lost."""
    return Result(work, f"{dropped} events", "", dropped, 0, "dropped", smaller_is_better=True)
