"""Measures what being traced costs, writes docs/overhead.md, and fails where a target is missed."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import kernel_version
from tests.bench.overhead import guest, here
from tests.bench.overhead.guest import Costs
from tests.bench.plots import grouped_plot

DOCS = Path(__file__).parents[3] / "docs"
CALLS = ("getppid", "read+write", "open+close")


@dataclass(frozen=True)
class Ratio:
    """What one tracer costs, in terms of another."""

    name: str
    reached: dict[str, float]
    """By work."""
    target: float | None = None
    """The largest that passes; None for information only."""


def main() -> int:
    """1 if a target is missed."""
    parser = argparse.ArgumentParser("python -m tests.bench.overhead", description=__doc__)
    parser.add_argument("--no-page", action="store_true", help="leave docs/overhead.md as it is")
    arguments = parser.parse_args()
    instructions, times = guest.measure(), here.measure()
    works = (*CALLS, "compile")
    ratios = targets(instructions, works)
    page = f"""\
# What being traced costs

Written by `make bench-overhead`.

## Instructions, by tracer

Counted in an emulated machine whose clock counts instructions: one processor, {platform.machine()}, Debian's kernel,
without mitigations. Each tracer records the whole machine, and is stopped while calls are made, so that this is the
work of the kernel alone; strace, which works while the traced waits, counts in full. Without more words a tracer
records what its text output needs, the ends of calls; one that is recording takes the starts of calls too, as sysdig
always does.

{table(instructions, works)}

![Instructions for each call](performance/instructions.svg)

| ratio of instructions | {" | ".join(works)} | target |
|---|{"---|" * len(works)}---|
{rows_of(ratios, works)}

## Time on this machine's kernel

Nanoseconds for each turn on {platform.machine()} with Linux {kernel_version()}, the tracer consuming on the other
processor; least of 20 batches, median of {here.ROUNDS} rounds.

{table(times, CALLS)}
"""
    print(page)
    if not arguments.no_page:
        (DOCS / "overhead.md").write_text(page)
        bars = {name: [costs[work] for work in CALLS] for name, costs in instructions.items() if name != "strace"}
        plot = grouped_plot("Instructions for each turn, by tracer", CALLS, bars)
        (DOCS / "performance" / "instructions.svg").write_text(plot)
    missed = [ratio for ratio in ratios if ratio.target and max(ratio.reached.values()) > ratio.target]
    for ratio in missed:
        print(f"MISS: {ratio}", file=sys.stderr)
    return 1 if missed else 0


def targets(costs: Mapping[str, Costs], works: tuple[str, ...]) -> list[Ratio]:
    """What is aimed at, and the same ratios counted the other way.

    All instructions of a call tell how much slower it gets. Those that are added tell of the tracer alone, and are the
    only fair measure where the bare call already takes most of them, as open and close do.
    """

    def total(one: str, other: str) -> dict[str, float]:
        return {work: costs[one][work] / costs[other][work] for work in works}

    def added(one: str, other: str) -> dict[str, float]:
        alone = costs["nothing"]
        return {work: (costs[one][work] - alone[work]) / (costs[other][work] - alone[work]) for work in works}

    probe, bcc, module, sysdig = "CO-RE probe", "bcc probe", "module", "sysdig's module"
    return [
        Ratio(f"{probe} to {module}, all", total(probe, module), 1.5),
        Ratio(f"{bcc} to {module}, all", total(bcc, module)),
        Ratio(f"{module} to {sysdig}, added", added(module, sysdig), 0.6),
        Ratio(f"{module} to {sysdig}, all", total(module, sysdig)),
        Ratio(f"{probe} to {module}, added", added(probe, module)),
        Ratio(f"{probe} to {sysdig}, added", added(probe, sysdig)),
    ]


def table(costs: Mapping[str, Costs], works: tuple[str, ...]) -> str:
    """Costs, and what is added to those of nothing."""
    alone = costs["nothing"]
    lines = [f"| tracer | {' | '.join(works)} |", f"|---|{'---|' * len(works)}"]
    for name, cost in costs.items():
        cells = [f"{cost[work]:,.0f} (+{cost[work] - alone[work]:,.0f})" if work in cost else "" for work in works]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def rows_of(ratios: list[Ratio], works: tuple[str, ...]) -> str:
    """The lines of the table of ratios."""
    return "\n".join(
        f"| {ratio.name} | {' | '.join(f'{ratio.reached[work]:.2f}' for work in works)} | "
        f"{f'at most {ratio.target:g}' if ratio.target else ''} |"
        for ratio in ratios
    )


if __name__ == "__main__":
    sys.exit(main())
