"""One predicate where several plans share a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tracer.core.predicate import Predicate
from tracer.core.predicate.formula import Formula, any_of

if TYPE_CHECKING:
    from tracer.core.driver import Plan


def merged_predicate(first: Plan, second: Plan) -> Predicate | None:
    """Lets through whatever the predicate of either plan does."""
    if first.predicate is None or second.predicate is None:
        return None
    exits = _merged(first, first.predicate.exits, second, second.predicate.exits)
    if first.enter_events and second.enter_events:
        return Predicate(exits, _merged(first, first.predicate.enters, second, second.predicate.enters))
    return Predicate(exits, first.predicate.enters if first.enter_events else second.predicate.enters)


def _merged(
    first: Plan, of_first: Mapping[str, Formula], second: Plan, of_second: Mapping[str, Formula]
) -> dict[str, Formula]:
    """Formulas by call. A plan that does not ask for a call lets none of its events through."""
    merged = {
        name: any_of([_formula(first, of_first, name), _formula(second, of_second, name)])
        for name in {*of_first, *of_second}
    }
    return {name: formula for name, formula in merged.items() if formula is not True}


def _formula(plan: Plan, formulas: Mapping[str, Formula], name: str) -> Formula:
    return formulas.get(name, plan.syscalls is None or name in plan.syscalls)
