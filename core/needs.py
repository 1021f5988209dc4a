"""From what plugins need to see to filters and the capture plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from tracer.core.driver import Plan
from tracer.core.plan import plan_for
from tracer.core.predicate.merging import merged_predicate

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tracer.core.plan import PlanOptions
    from tracer.core.plugin import Needs


def filter_text(needs: Needs) -> str:
    """The filter that lets through just what a plugin needs; "" for everything."""
    parts = [f"({needs.filter})"] if needs.filter.strip() else []
    if needs.event_types is not None:
        parts.append(_types_filter(needs.event_types))
    return " and ".join(parts)


def _types_filter(event_types: Collection[str]) -> str:
    # No event has this type: whoever needs no events at all gets none.
    return (
        f"evt.type in ({', '.join(sorted(event_types))})" if event_types else "evt.type exists and not evt.type exists"
    )


def own_fields(names: Collection[str]) -> list[str]:
    """Of fields as they are written, those that the engine itself has."""
    from tracer.core.plugin_fields import plugin_fields

    return [name for name in names if not plugin_fields([name])]


def both(first: str, second: str) -> str:
    """The filter that lets through what both do; "" lets everything through."""
    if first.strip() and second.strip():
        return f"({first}) and ({second})"
    return first if first.strip() else second


def plan_for_needs(
    needs: Needs, within: str = "", *, narrows: bool = True, page_faults: bool = False, **options: Unpack[PlanOptions]
) -> Plan:
    """What a source has to deliver of the events that the filter `within` lets through.

    `narrows`: leave out system calls that nobody needs. Raises FilterError.
    """
    from tracer.core.filter import compile_filter, parse

    text = both(within, filter_text(needs))
    options["snaplen_bytes"] = max(needs.snaplen_bytes, options.get("snaplen_bytes", Plan().snaplen_bytes))
    return plan_for(
        parse(text) if text else None,
        needs.fields,
        compiled=compile_filter(text) if text and narrows else None,
        enter_events=needs.enter_events,
        page_faults=needs.page_faults or page_faults,
        **options,
    )


def merged(plans: Iterable[Plan]) -> Plan:
    """One plan that delivers whatever any of these does. They differ only in what `Needs` says."""
    first, *others = plans
    for other in others:
        syscalls = None if first.syscalls is None or other.syscalls is None else first.syscalls | other.syscalls
        first = first._replace(
            syscalls=syscalls,
            predicate=merged_predicate(first, other),
            enter_events=first.enter_events or other.enter_events,
            tracepoints=first.tracepoints | other.tracepoints,
            toctou=first.toctou or other.toctou,
            snaplen_bytes=max(first.snaplen_bytes, other.snaplen_bytes),
        )
    return first
