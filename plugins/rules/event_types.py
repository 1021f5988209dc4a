"""Which event types a condition can be true for, going by what it says of evt.type and evt.num alone."""

from __future__ import annotations

from functools import cache

from tracer.core.schema.tables import EVENT_TYPES, SYSCALLS
from tracer.plugins.rules.condition import Check, Condition, Field, Junction, Not, Value, Values

MANY = 100
"""More types than these, and a rule is asked for most events."""

Codes = frozenset[int]


@cache
def all_codes() -> Codes:
    """All event types."""
    return frozenset(event.code for event in EVENT_TYPES)


@cache
def rule_codes() -> Codes:
    """The types that rules look at: of a system call its exit alone, which has all there is to know."""
    return frozenset(
        event.code for event in EVENT_TYPES if not event.is_enter or "unused" in EVENT_TYPES[event.code | 1].flags
    )


def codes_of(condition: Condition) -> Codes:
    """The types for which the condition is not false whatever the event holds."""
    return _codes(condition, False)


def _codes(condition: Condition, negated: bool) -> Codes:
    if isinstance(condition, Not):
        return _codes(condition.item, not negated)
    if isinstance(condition, Junction):
        parts = [_codes(item, negated) for item in condition.items]
        if (condition.word == "and") != negated:
            return frozenset.intersection(*parts)
        return frozenset.union(*parts)
    if not isinstance(condition, Check) or not isinstance(condition.left, Field) or condition.left.argument:
        return all_codes()
    matching = _of_number(condition) if condition.left.name == "evt.num" else _of_type(condition)
    if matching is None:
        return all_codes()
    return all_codes() - matching if negated else matching


def _of_type(check: Check) -> Codes | None:
    """For which types a check of the type is true; None where it is none."""
    assert isinstance(check.left, Field)
    if check.left.name not in ("evt.type", "syscall.type"):
        return None
    if check.operator == "exists":
        return all_codes()
    if check.operator not in ("=", "==", "!=", "in"):
        return None
    codes = frozenset(code for name in _constants(check) for code in _codes_by_name().get(name, ()))
    return all_codes() - codes if check.operator == "!=" else codes


def _of_number(check: Check) -> Codes | None:
    """Events are counted from 1: all codes for what is always true, none for what never is; None for the rest."""
    numbers = [_number(text) for text in _constants(check)]
    if any(number is None for number in numbers):
        return None
    if check.operator == "in":
        return frozenset() if not any(numbers) and isinstance(check.right, Values) else None
    number = numbers[0] if numbers else None
    if number is None:
        return None
    least_true = {"<": 1, "<=": 0, "=": 0, "==": 0}
    if check.operator in least_true:
        return frozenset() if number <= least_true[check.operator] else None
    least_false = {">": 0, ">=": 1, "!=": 0}
    return all_codes() if number <= least_false.get(check.operator, -1) else None


def _constants(check: Check) -> tuple[str, ...]:
    if isinstance(check.right, Values):
        return check.right.items
    return (check.right.text,) if isinstance(check.right, Value) else ()


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


@cache
def _codes_by_name() -> dict[str, set[int]]:
    """The types of each name, of generic events by the names of their calls."""
    codes: dict[str, set[int]] = {}
    for event in EVENT_TYPES:
        codes.setdefault(event.name, set()).add(event.code)
    generic = {event.code for event in EVENT_TYPES if event.enum.startswith("GENERIC_")}
    for rows in SYSCALLS.values():
        for name, stem in rows.values():
            if stem == "generic":
                codes.setdefault(name, set()).update(generic)
    return codes
