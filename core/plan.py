"""What a source is asked for, from what the user asked for."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from tracer.core.driver import Plan
from tracer.core.selection import (
    STATE_FIELDS,
    Selection,
    begins_with_any,
    every_syscall,
    select_syscalls,
    state_syscalls,
    why_all,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tracer.core._engine import Filter
    from tracer.core.filter.tree import Expression
    from tracer.core.plugin import Field, Needs
    from tracer.core.plugins import Provided
    from tracer.core.predicate.build import Outcome

ALWAYS_DELIVERED = {"sched_process_exit": "threads that end", "signal_deliver": "signals"}
"""Tracepoints, and what they tell of."""

NEEDS_ENTER_EVENTS = ("evt.latency", "evt.wait_latency", "evt.is_wait")
"""Fields, and those whose names begin so, that are computed from enter events."""

NEEDS_CONTEXT_SWITCHES = ("thread.cpu", "thread.exectime", "evt.around")
"""Fields, and those whose names begin so, that are computed from context switches."""


MADE_OF_OTHER_EVENTS = ("span.", "evtin.", "thread.exectime", "thread.totexectime", "thread.cpu", "util.cnt")
"""Fields, and those whose names begin so, whose value depends on calls that need not pass the filter."""

FIRST_PID_NAMESPACE = 0xEFFFFFFC
"""Number of the pid namespace that a kernel starts with."""

NEEDS_TOCTOU = ("evt.is_toctou",)
"""Fields that compare what a call was given at its start and at its end."""


class PlanOptions(TypedDict, total=False):
    """Members of a plan that do not depend on the filter."""

    snaplen_bytes: int
    dynamic_snaplen: bool
    statsd_port: int
    full_capture_ports: tuple[int, int]
    buffer_bytes: int
    pids: frozenset[int]
    exclude_self: bool
    probes: tuple[str, ...]
    stacks: frozenset[str]


class Reasons(NamedTuple):
    """Why a plan is as it is."""

    selection: Selection
    predicate: Outcome | str
    """The predicate, and what is not in it; or why there is none."""
    enter_events: str
    """Why enter events are delivered; "" if they are not."""
    tracepoints: dict[str, str]
    """Of each tracepoint, what it is delivered for."""


def plan_for(
    filter_tree: Expression | None,
    output_fields: Collection[str],
    *,
    compiled: Filter | None = None,
    recording: bool = False,
    enter_events: bool = False,
    page_faults: bool = False,
    toctou: bool = False,
    kernel_filter: bool = True,
    **options: Unpack[PlanOptions],
) -> Plan:
    """The plan for a run with this filter, whose output shows these fields.

    `compiled`: the filter, to find out which system calls it can let through; without it all are delivered.
    `recording`: a capture is written, for readers that expect enter events too, and may ask for any field.
    `enter_events`, `page_faults`, `toctou`: deliver them in any case. `kernel_filter`: False to have the kernel
    evaluate no part of the filter. `options`: members of the plan.
    """
    plan, _ = explained_plan(
        filter_tree,
        output_fields,
        compiled=compiled,
        recording=recording,
        enter_events=enter_events,
        page_faults=page_faults,
        toctou=toctou,
        kernel_filter=kernel_filter,
        **options,
    )
    if "tracer.core.plugin_fields" not in sys.modules:
        return plan
    from tracer.core.consumers import field_consumers
    from tracer.core.needs import merged, own_fields, plan_for_needs
    from tracer.core.plugin_fields import note_use

    fields = {*mentioned(filter_tree)[0], *output_fields}
    note_use(fields)
    needed = [
        plan_for_needs(one.needs._replace(fields=own_fields(one.needs.fields)), narrows=compiled is not None)
        for one in field_consumers(fields)
    ]
    return merged([plan, *needed])


def explained_plan(
    filter_tree: Expression | None,
    output_fields: Collection[str],
    *,
    compiled: Filter | None = None,
    recording: bool = False,
    enter_events: bool = False,
    page_faults: bool = False,
    toctou: bool = False,
    kernel_filter: bool = True,
    **options: Unpack[PlanOptions],
) -> tuple[Plan, Reasons]:
    """The plan, as from `plan_for`, and why it is so."""
    filter_fields, values = mentioned(filter_tree)
    used = {*filter_fields, *output_fields}
    needs = _needs_of_plugin_fields(used)
    read_by_plugins = {field for need in needs for field in need.fields}
    used |= read_by_plugins
    filter_fields |= read_by_plugins
    enter_events = enter_events or any(need.enter_events for need in needs)
    page_faults = page_faults or any(need.page_faults for need in needs)
    if needs:
        wanted_bytes = max(need.snaplen_bytes for need in needs)
        options["snaplen_bytes"] = max(options.get("snaplen_bytes", Plan().snaplen_bytes), wanted_bytes)
    tracepoints = dict(ALWAYS_DELIVERED)
    if begins_with_any(used, NEEDS_CONTEXT_SWITCHES):
        tracepoints["sched_switch"] = "fields of CPU time"
    elif values & {"switch", "scheduler"}:
        tracepoints["sched_switch"] = "the filter speaks of context switches"
    if page_faults or "page_fault" in values:
        reason = "asked for" if page_faults else "the filter speaks of page faults"
        tracepoints |= {"page_fault_user": reason, "page_fault_kernel": reason}
    why_enter_events = "asked for" if enter_events else _why_enter_events(used, values, recording)
    shown = {*used, *STATE_FIELDS} if recording else used
    selection = select_syscalls(compiled, filter_fields, shown, bool(why_enter_events))
    if not kernel_filter:
        outcome: Outcome | str = "asked for"
    else:
        outcome = _predicate(filter_tree, compiled, filter_fields, shown, selection, bool(why_enter_events), recording)
    plan = Plan(
        syscalls=selection.syscalls,
        predicate=None if isinstance(outcome, str) else outcome.predicate,
        enter_events=bool(why_enter_events),
        tracepoints=frozenset(tracepoints),
        toctou=toctou or begins_with_any(used, NEEDS_TOCTOU),
        **options,
    )
    return plan, Reasons(selection, outcome, why_enter_events, tracepoints)


def _predicate(
    tree: Expression | None,
    compiled: Filter | None,
    filter_fields: Collection[str],
    output_fields: Collection[str],
    selection: Selection,
    enter_events: bool,
    recording: bool,
) -> Outcome | str:
    """What of the filter the kernel evaluates, or why nothing."""
    if tree is None or compiled is None:
        return "there is no filter"
    reason = why_all(compiled, filter_fields, output_fields)
    if not reason and begins_with_any({*filter_fields, *output_fields}, MADE_OF_OTHER_EVENTS):
        reason = "a field is made of events that do not pass"
    if reason:
        return reason
    from tracer.core.predicate.build import build_predicate

    outcome = build_predicate(
        tree,
        every_syscall() if selection.syscalls is None else selection.syscalls,
        state_syscalls({*filter_fields, *output_fields}),
        enter_events=enter_events,
        failures_count=recording,
        knows_threads=_is_in_first_pid_namespace(),
    )
    return outcome if outcome.predicate.exits or outcome.predicate.enters else "nothing of it can be told there"


def _is_in_first_pid_namespace() -> bool:
    from pathlib import Path

    return Path("/proc/self/ns/pid").stat().st_ino == FIRST_PID_NAMESPACE


def _needs_of_plugin_fields(names: Collection[str]) -> list[Needs]:
    from tracer.core import _engine

    known = [_engine.split_field(name) for name in names]  # which loads the fields of plugins if one is not known
    loaded = sys.modules.get("tracer.core.plugin_fields")
    if loaded is None:
        return []
    fields: dict[str, Provided[Field]] = loaded.plugin_fields(split[0] for split in known if split)
    return [provided.thing.needs for provided in fields.values()]


def _why_enter_events(used: Collection[str], values: Collection[str], recording: bool) -> str:
    if recording:
        return "readers of captures expect them"
    # The direction is shown for every event; only a filter can ask for the one that is not delivered otherwise.
    if ">" in values:
        return "the filter speaks of them"
    return "they tell how long a call took" if begins_with_any(used, NEEDS_ENTER_EVENTS) else ""


def mentioned(tree: Expression | None) -> tuple[set[str], set[str]]:
    """The fields, as written, and the values that a filter mentions."""
    from tracer.core.filter.tree import FieldName, Literal

    nodes = list(_nodes(tree))
    return (
        {node.text for node in nodes if isinstance(node, FieldName)},
        {node.text for node in nodes if isinstance(node, Literal)},
    )


def _nodes(node: object) -> Iterator[object]:
    """A tree's node and everything below it; nodes are tuples."""
    pending = [node]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, tuple):
            pending += node
