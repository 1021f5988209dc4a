"""What is doubtful in a condition that is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tracer.plugins.rules.condition import Check, Condition, Field, Value, Values, checks, fields
from tracer.plugins.rules.condition_grammar import FIELD, FUNCTIONS
from tracer.plugins.rules.context import Context, Position
from tracer.plugins.rules.messages import DEPRECATED_FIELDS, WarningCode
from tracer.plugins.rules.result import LoadResult

_EQUALITY = frozenset({"==", "=", "!=", "in", "intersects", "pmatch"})
_SIMPLER_OPERATORS = "'=', 'contains', 'startswith', 'endswith'"
_REGEX_CHARACTERS = frozenset(".+*?^$()[]{}|\\")


def warn_of_fields(condition: Condition, text: str, context: Context, result: LoadResult) -> None:
    """Warns of fields that should not be used, or not so. `context`: where the condition, `text`, stands."""
    place = context.in_condition(text)
    every = list(checks(condition))
    if any(map(_compares_with_nothing, every)):
        result.warn(WarningCode.LOAD_UNSAFE_NA_CHECK, "", place)
    # Falco does not look at what stands right of an operator, unless it takes the field for an unsafe one.
    used = {field.name for check in every for field in fields(check.left)}
    for name, reason in DEPRECATED_FIELDS.items():
        if name in used:
            result.warn(WarningCode.LOAD_DEPRECATED_ITEM, reason, place, name)


def warn_of_values(
    condition: Condition, text: str, context: Context, result: LoadResult, is_field: Callable[[str], bool]
) -> None:
    """Warns of constants that look as if something else was meant."""
    for check in checks(condition):
        for value, position in _constants(check):
            for message in _doubts(value, check.operator, is_field):
                result.warn(WarningCode.LOAD_COMPILE_CONDITION, message, context.in_condition(text, position))


def _compares_with_nothing(check: Check) -> bool:
    unsafe = isinstance(check.left, Field) and check.left.name.startswith(("ka.", "jevt."))
    return unsafe and check.operator in _EQUALITY and any(value == "<NA>" for value, _ in _constants(check))


def _constants(check: Check) -> Iterator[tuple[str, Position]]:
    if isinstance(check.right, Values):
        for item in check.right.items:
            yield item, check.right.position
    elif isinstance(check.right, Value):
        yield check.right.text, check.right.position


def _doubts(value: str, operator: str, is_field: Callable[[str], bool]) -> Iterator[str]:
    stripped = "".join(value.split())
    if operator.startswith("regex") and _is_simple_regex(value):
        yield f"regex check with '{value}' may be optimized with simpler operators such as {_SIMPLER_OPERATORS}"
    if FIELD.match(stripped) and "(" not in stripped and is_field(stripped):
        yield f"'{value}' may be a valid field misused as a const string value"
    for function in ("val", *FUNCTIONS):
        if stripped.startswith(f"{function}(") and stripped.endswith(")"):
            yield f"'{value}' may be a valid field transformer misused as a const string value"


def _is_simple_regex(pattern: str) -> bool:
    last = len(pattern) - 1
    at = 0
    while at <= last:
        character = pattern[at]
        if (at == 0 and character == "^") or (at == last and character == "$"):
            at += 1
            continue
        at_an_end = (at == 0 and last > 0) or at == last - 1
        if at_an_end and character == "." and pattern[at + 1] in "+*?":
            at += 2
            continue
        if character in _REGEX_CHARACTERS:
            return False
        at += 1
    return True
