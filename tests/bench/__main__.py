"""Measures, prints a table of what was reached and what was aimed at, and writes docs/performance.md."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.growth import Curve, by_events, by_processes, by_terms, growth_row
from tests.bench.live.rows import live_rows
from tests.bench.measure import Clock, kernel_version
from tests.bench.plots import bar_plot, line_plot
from tests.bench.rows import Bench, Result, reading, repeated, repeated_all, starting
from tests.conftest import TRACER

DOCS = Path(__file__).parents[2] / "docs"


def main() -> int:
    """Runs everything; 1 if a target is missed."""
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("--capture", type=Path, help="measure with this capture, instead of one made of a bundled one")
    parser.add_argument("--cpu", action="store_true", help="count processor time: for a machine that does other things")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md as it is")
    parser.add_argument("--rounds", type=int, default=Clock.rounds, help="how many runs to take the median of (5)")
    parser.add_argument("--live", action="store_true", help="measure only live capture, and write no page")
    arguments = parser.parse_args()
    if arguments.live:
        with tempfile.TemporaryDirectory() as folder:
            results = measure_live(Path(folder), arguments.rounds)
        show(results)
        return 0 if all(result.passes for result in results) else 1
    if shutil.which("sysdig") is None:
        parser.error("sysdig is what is compared with: apt-get install --no-install-recommends sysdig")
    clock = Clock(arguments.cpu, arguments.rounds)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench.prepare(clock, Path(folder), arguments.capture)
        results = []
        for row in (*reading(bench), *starting(bench)):
            results.append(repeated(row))
            report(results[-1])
        results += measure_live(bench.folder, arguments.rounds)
        start_s = clock.median([TRACER, "--version"])
        curves: dict[str, Curve] = {
            "events": by_events(clock, bench.folder, start_s),
            "processes": by_processes(clock, bench.folder, start_s),
            "terms": by_terms(clock, bench.capture, bench.events, start_s),
        }
    limits = {"events": 1.5, "processes": 3.0, "terms": 2.0}
    results += [growth_row(f"cost of an event, most {name}", curves[name], limits[name])() for name in curves]
    show(results)
    if not arguments.no_page:
        write_page(results, curves, clock)
    return 0 if all(result.passes for result in results) else 1


def measure_live(folder: Path, rounds: int) -> list[Result]:
    """The rows about live capture; none where this user may not trace."""
    if os.geteuid() != 0:
        print("live capture is not measured: that takes root", file=sys.stderr)
        return []
    results = []
    for rows in live_rows(folder, rounds):
        for result in repeated_all(rows):
            results.append(result)
            report(result)
    return results


def report(result: Result) -> None:
    """Says what has just been measured."""
    print(result.work, *verdict(result), sep=" | ", file=sys.stderr)


def show(results: list[Result]) -> None:
    """Prints the table."""
    table = Table("work", "tracer", "peer", "reached", "target", "")
    for result in results:
        table.add_row(result.work, result.ours, result.peer, *verdict(result))
    Console(width=120).print(table)


def verdict(result: Result) -> tuple[str, str, str]:
    """What was reached, the target, and whether that passes."""
    sign = "at most" if result.smaller_is_better else "at least"
    return (
        f"{result.reached:.2f} {result.unit}",
        f"{sign} {result.target:g} {result.unit}",
        "pass" if result.passes else "MISS",
    )


def write_page(results: list[Result], curves: dict[str, Curve], clock: Clock) -> None:
    """Writes the page and its plots."""
    pictures = DOCS / "performance"
    pictures.mkdir(exist_ok=True)
    bars = [(result.work, result.reached, result.target) for result in results if result.unit == "x sysdig"]
    (pictures / "sysdig.svg").write_text(bar_plot("Times as fast as sysdig (mark: target)", bars))
    labels = {"events": "events in the capture", "processes": "processes", "terms": "terms in the filter's list"}
    for name, curve in curves.items():
        title = f"Cost of an event by {labels[name]}"
        (pictures / f"{name}.svg").write_text(line_plot(title, labels[name], "ns an event", curve))
    rows = "\n".join(
        f"| {result.work} | {result.ours} | {result.peer} | {' | '.join(verdict(result))} |" for result in results
    )
    kind = "processor time" if clock.cpu else "time on the wall"
    (DOCS / "performance.md").write_text(
        f"""\
# Performance

Written by `make bench`: {kind}, medians of {clock.rounds} runs in turns with the peer, on {platform.machine()} with
Linux {kernel_version()}. Figures of another machine differ; ratios less so. The time to start the program, which
Python needs once whatever the capture's length, is part of the rows with sysdig. Peers are sysdig and, for how cost
grows, the least work of the same kind.

| work | tracer | peer | reached | target | |
|---|---|---|---|---|---|
{rows}

![Times as fast as sysdig](performance/sysdig.svg)
![Cost by events](performance/events.svg)
![Cost by processes](performance/processes.svg)
![Cost by terms](performance/terms.svg)
"""
    )


if __name__ == "__main__":
    sys.exit(main())
