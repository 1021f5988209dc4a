"""`tracer explain`: what the kernel is asked for under a filter, what happens here, and why."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from typing import TYPE_CHECKING

from tracer.core.cli.options import add_output_arguments, add_selection_arguments, add_source_arguments

if TYPE_CHECKING:
    from tracer.core.cli.job import Job
    from tracer.core.predicate import Predicate
    from tracer.core.predicate.build import Outcome

MOST_GROUPS = 4
"""How many different tests are told where there are more."""

MOST_NAMES = 12
"""How many system calls are named where there are more."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of a trace: they may change what it needs."""
    parser.usage = "tracer explain [options] [FILTER...]"
    parser.epilog = "Takes the options of a trace, since they may change what it needs. -v names all system calls."
    add_source_arguments(parser)
    add_selection_arguments(parser)
    add_output_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the plan; nothing is traced."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from tracer.core.cli.job import prepare

    arguments.filter += arguments.after_dashes
    job = prepare(arguments)
    console = Console(highlight=False, soft_wrap=True)
    for title, rows in (("In the kernel", kernel_rows(job, arguments.verbose)), ("Here", engine_rows(job))):
        console.print(Text(title, style="bold"))
        table = Table.grid(padding=(0, 2))
        table.add_column(style="cyan", no_wrap=True)
        table.add_column(overflow="fold")
        for name, text in rows:
            table.add_row(name, Text(text))
        console.print(Padding(table, (0, 0, 0, 2)))
    return 0


def kernel_rows(job: Job, all_names: bool) -> list[tuple[str, str]]:
    """What a driver is asked for, with the reasons."""
    plan, reasons = job.plan, job.reasons
    selection = reasons.selection
    if selection.matching is None:
        rows = [("system calls", f"all: {selection.reason}")]
    else:
        others = selection.state - selection.matching
        rows = [
            ("system calls", f"{_names(selection.matching, all_names)}: the filter can let no other pass"),
            ("", f"{_names(others, all_names)}: they change threads or descriptors"),
        ]
        rows += _rows_beside(job, all_names)
    rows += _filter_rows(plan.predicate, reasons.predicate, all_names)
    enter = f"yes: {reasons.enter_events}" if plan.enter_events else "no: nothing needs them"
    rows.append(("enter events", enter))
    rows += [
        ("tracepoints" if number == 0 else "", f"{name}: {reason}")
        for number, (name, reason) in enumerate(sorted(reasons.tracepoints.items()))
    ]
    rows += [("user probes" if number == 0 else "", probe) for number, probe in enumerate(plan.probes)]
    rows.append(("data", f"{plan.snaplen_bytes} bytes of each buffer (-s)"))
    rows.append(("buffers", f"{plan.buffer_bytes} bytes for each CPU (--buffer)"))
    return rows


def _rows_beside(job: Job, all_names: bool) -> list[tuple[str, str]]:
    """What is delivered only for what runs beside."""
    delivered, needed = job.plan.syscalls, job.reasons.selection.syscalls or frozenset()
    if delivered is not None and delivered <= needed:
        return []
    calls = "all others" if delivered is None else _names(delivered - needed, all_names)
    return [("", f"{calls}: needed by {', '.join(one.name for one in job.consumers)}")]


def _filter_rows(predicate: Predicate | None, outcome: Outcome | str, all_names: bool) -> list[tuple[str, str]]:
    """What of the filter the kernel evaluates, for which calls."""
    from tracer.core.predicate.formula import in_words

    if isinstance(outcome, str):
        return [("filter", f"none of it: {outcome}")]
    if predicate is None:
        return [("filter", "none of it: what runs beside needs other events too")]
    groups: dict[str, list[str]] = {}
    for beginning, formulas in (("", predicate.exits), ("at the start, ", predicate.enters)):
        for name, formula in formulas.items():
            groups.setdefault(f"{beginning}if {in_words(formula)}", []).append(name)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    shown = ordered if all_names else ordered[:MOST_GROUPS]
    rows = [
        ("" if number else "filter", f"{_names(names, all_names)}: {when}")
        for number, (when, names) in enumerate(shown)
    ]
    if len(shown) < len(ordered):
        rows.append(("", f"and so on for {sum(len(names) for _, names in ordered[MOST_GROUPS:])} other calls (-v)"))
    return rows


def engine_rows(job: Job) -> list[tuple[str, str]]:
    """What is done with the events that the kernel delivers."""
    from tracer.core.needs import filter_text

    text = " ".join(job.arguments.filter)
    if job.display_filter is not None:
        what = f"{text}: for what is printed only (-d)"
    else:
        what = text or "none: everything passes"
    rows = [("state", "threads, descriptors and users are kept up to date by every event"), ("filter", what)]
    for one in job.consumers:
        rows.append(("beside", f"{one.name}: {filter_text(one.needs) or 'every event'}"))
    if not isinstance(job.reasons.predicate, str):
        rows += [
            ("", f"{check}: there are calls of which the kernel cannot tell")
            for check in job.reasons.predicate.undecided
        ]
    if job.arguments.write:
        rows.append(("output", f"a capture (-w {job.arguments.write})"))
    elif job.format is None:
        rows.append(("output", "none (-q)"))
    else:
        rows.append(("output", "a JSON object for each event" if job.arguments.json else "a line for each event"))
    return rows


def _names(names: Collection[str], every: bool) -> str:
    ordered = sorted(names)
    if not ordered:
        return "none"
    if every or len(ordered) <= MOST_NAMES:
        return ", ".join(ordered)
    return f"{', '.join(ordered[:MOST_NAMES])} and {len(ordered) - MOST_NAMES} more"
