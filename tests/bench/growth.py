"""How cost grows with work: with events, with processes, with the terms of a filter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests import made_capture
from tests.bench.enlarge import enlarge
from tests.bench.measure import Clock
from tests.bench.rows import Result
from tests.conftest import CAPTURES, TRACER

Curve = list[tuple[float, float]]
"""Work and nanoseconds an event, the start of the program taken off."""

CLOSE_X = 5


def by_events(clock: Clock, folder: Path, start_s: float) -> Curve:
    """Captures of 0.1 to 10 M events."""
    curve: Curve = []
    for times in (32, 100, 320, 1000, 3250):
        path = folder / "growth.scap"
        events = enlarge(CAPTURES / "07-tiny.scap", path, times)
        curve.append((events, _ns(clock, [TRACER, "-r", path, "proc.name=nosuch"], events, start_s)))
    return curve


def by_terms(clock: Clock, capture: Path, events: int, start_s: float) -> Curve:
    """Filters with a list of 1 to 1,000 terms."""
    curve: Curve = []
    for terms in (1, 10, 100, 1000):
        text = f"proc.name in ({', '.join(f'nosuch{number}' for number in range(terms))})"
        curve.append((terms, _ns(clock, [TRACER, "-r", capture, text], events, start_s)))
    return curve


def by_processes(clock: Clock, folder: Path, start_s: float) -> Curve:
    """Captures whose events come from 1 to 20,000 processes in turn."""
    curve: Curve = []
    for processes in (1, 100, 2000, 20_000):
        path, events = folder / "processes.scap", 2_000_000
        tids = range(1000, 1000 + processes)
        threads = b"".join(made_capture.thread(tid, tid, 1, b"many") for tid in tids)
        tables = made_capture.tables() + made_capture.block(made_capture.PROCESSES, threads)
        blocks = [made_capture.event(CLOSE_X, [made_capture.i64(0)], tid=tid) for tid in tids]
        alone = folder / "alone.scap"
        alone.write_bytes(tables + blocks[0])
        # The tables are read once, whatever comes after.
        tables_s = clock.median([TRACER, "-r", alone, "-q"])
        path.write_bytes(tables + b"".join(blocks) * (events // processes))
        curve.append((processes, _ns(clock, [TRACER, "-r", path, "proc.name=nosuch"], events, max(start_s, tables_s))))
    return curve


def _ns(clock: Clock, command: list[str | Path], events: int, start_s: float) -> float:
    return max(clock.median(command) - start_s, 0) / events * 1e9


def growth_row(work: str, curve: Curve, target: float) -> Callable[[], Result]:
    """The cost of an event with the most work, against that with the least."""
    first, last = curve[0][1], curve[-1][1]
    ratio = last / first if first > 0 else 1.0
    result = Result(work, f"{last:.0f} ns", f"{first:.0f} ns", ratio, target, "x the least", smaller_is_better=True)
    return lambda: result
