"""What a source is asked for, from what the user asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from tracer.core.driver import Plan

if TYPE_CHECKING:
    from tracer.core.filter.tree import Expression

NEEDS_ENTER_EVENTS = ("evt.latency", "evt.wait_latency", "evt.is_wait")
"""Fields, and those whose names begin so, that are computed from enter events."""

NEEDS_CONTEXT_SWITCHES = ("thread.cpu", "thread.exectime", "evt.around")
"""Fields, and those whose names begin so, that are computed from context switches."""


NEEDS_TOCTOU = ("evt.is_toctou",)
"""Fields that compare what a call was given at its start and at its end."""


def plan_for(
    filter_tree: Expression | None,
    output_fields: Collection[str],
    *,
    recording: bool = False,
    snaplen_bytes: int = Plan.snaplen_bytes,
    dynamic_snaplen: bool = False,
    statsd_port: int = Plan.statsd_port,
    full_capture_ports: tuple[int, int] = Plan.full_capture_ports,
    buffer_bytes: int = Plan.buffer_bytes,
    pids: Collection[int] = (),
    page_faults: bool = False,
    toctou: bool = False,
    exclude_self: bool = True,
) -> Plan:
    """The plan for a run with this filter, whose output shows these fields.

    `recording`: a capture is written, for readers that expect enter events too.
    """
    filter_fields, values = mentioned(filter_tree)
    used = {*filter_fields, *output_fields}
    tracepoints = set(Plan.tracepoints)
    if _any_begins(used, NEEDS_CONTEXT_SWITCHES) or values & {"switch", "scheduler"}:
        tracepoints.add("sched_switch")
    if page_faults or "page_fault" in values:
        tracepoints |= {"page_fault_user", "page_fault_kernel"}
    return Plan(
        # The direction is shown for every event; only a filter can ask for the one that is not delivered otherwise.
        enter_events=recording or ">" in values or _any_begins(used, NEEDS_ENTER_EVENTS),
        tracepoints=frozenset(tracepoints),
        toctou=toctou or _any_begins(used, NEEDS_TOCTOU),
        snaplen_bytes=snaplen_bytes,
        dynamic_snaplen=dynamic_snaplen,
        statsd_port=statsd_port,
        full_capture_ports=full_capture_ports,
        buffer_bytes=buffer_bytes,
        pids=frozenset(pids),
        exclude_self=exclude_self,
    )


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


def _any_begins(names: Collection[str], beginnings: tuple[str, ...]) -> bool:
    return any(name.startswith(beginnings) for name in names)
