"""Many filters asked at once of each event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from tracer.core import _engine
from tracer.core.filter.compiler import Program, encode_filter
from tracer.core.filter.parser import parse
from tracer.core.filter.registry import EngineRegistry
from tracer.core.filter.tree import And, Check, Expression, Not, Or, Span


class FilterSet:
    """Filters for one stream: ``tracer.open(path, filter=filters)`` gives the events that any of them lets pass.

    What several have in common is evaluated once for an event, and a filter that the event's type rules out costs
    nothing: a set of a thousand filters is as fast as the few that an event can match.
    """

    def __init__(
        self, filters: Iterable[str | Expression], *, first_only: bool = False, codes: Iterable[int] | None = None
    ) -> None:
        """`filters`: texts, or trees as `parse` makes them. Raises FilterError for one that cannot be used.

        `first_only`: where several filters fit, only the first counts, and no other is tried. `codes`: only events of
        these types, by their numbers, are looked at.
        """
        trees = [parse(filter) if isinstance(filter, str) else filter for filter in filters]
        self.tree: Expression = Or(tuple(trees), Span(0, 0))
        """One filter that lets the same events pass."""
        self.compiled = _engine.FilterSet([program_of(tree) for tree in trees], first_only=first_only, codes=codes)
        """What the engine evaluates."""

    @property
    def matched(self) -> Sequence[int]:
        """Which filters let the stream's latest event pass, by their place, in order."""
        return self.compiled.matched


def program_of(tree: Expression) -> Program:
    """The program of a tree. Raises FilterError. Comparisons that it has seen before cost little."""
    if isinstance(tree, Check):
        return _program_of_check(tree)
    if isinstance(tree, Not):
        return "not", program_of(tree.item)
    return "and" if isinstance(tree, And) else "or", tuple(map(program_of, tree.items))


@lru_cache(maxsize=1 << 16)
def _program_of_check(check: Check) -> Program:
    return encode_filter(check, EngineRegistry())
