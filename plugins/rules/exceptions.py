"""Exceptions of rules: what makes one valid, and the condition that a rule with exceptions has."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tracer.plugins.rules.condition_grammar import (
    LIST_OPERATORS,
    MODIFIABLE_OPERATORS,
    MODIFIERS,
    OPERATORS,
)
from tracer.plugins.rules.context import Context
from tracer.plugins.rules.definitions import Entry, ExceptionInfo
from tracer.plugins.rules.messages import ErrorCode
from tracer.plugins.rules.result import LoadError

BLANKS = " \t\r\n"


def validate_exception(exception: ExceptionInfo, is_field: Callable[[str], bool] | None) -> None:
    """Puts in the operators that are not given. Raises LoadError for an exception that makes no sense.

    `is_field` as in Collector; None where fields cannot be known.
    """
    fields, comps, context = exception.fields, exception.comps, exception.context
    if fields.is_list:
        _validate_list(exception)
        names = [entry.item for entry in fields.items]
    else:
        if not comps.is_given:
            exception.comps = comps = Entry("in")
        _require(not comps.is_list, "Fields and comps must both be strings", context)
        comps.item = comps.item.strip(BLANKS)
        _require(
            comps.item in LIST_OPERATORS or has_modifier(comps.item),
            "When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier operator "
            "(e.g. startswith oneof)",
            context,
        )
        names = [fields.item]
    for name in names if is_field else ():
        assert is_field is not None
        _require(is_field(name), f"'{name}' is not a supported filter field", context)


def _validate_list(exception: ExceptionInfo) -> None:
    fields, context = exception.fields, exception.context
    if not exception.comps.is_given:
        exception.comps = Entry(items=[Entry("=") for _ in fields.items], is_list=True)
    comps = exception.comps
    _require(len(fields.items) == len(comps.items), "Fields and comps lists must have equal length", context)
    for comp in comps.items:
        comp.item = comp.item.strip(BLANKS)
        _require(
            comp.item in OPERATORS or has_modifier(comp.item),
            f"'{comp.item}' is not a supported comparison operator",
            context,
        )


def has_modifier(operator: str) -> bool:
    """Whether it is an operator of texts with a modifier behind it, as in "startswith oneof"."""
    words = operator.split()
    return len(words) == 2 and words[0] in MODIFIABLE_OPERATORS and words[1] in MODIFIERS


def condition_with_exceptions(condition: str, exceptions: Sequence[ExceptionInfo]) -> tuple[str, set[str]]:
    """The condition of a rule that has exceptions, and the fields that these mention. Raises LoadError."""
    fields: set[str] = set()
    parts = [f"({condition})"]
    for exception in exceptions:
        one = _single(exception, fields) if not exception.fields.is_list else _several(exception, fields)
        if one:
            parts.append(f"not {one}")
    return " and ".join(parts), fields


def quoted(item: str) -> str:
    """The item in quotes if it has blanks and no quotes yet."""
    return f'"{item}"' if " " in item and item[0] not in "\"'" else item


def _single(exception: ExceptionInfo, fields: set[str]) -> str:
    for value in exception.values:
        _require(not value.is_list, "Expected values array to contain a list of strings", exception.context)
    if not exception.values:
        return ""
    field = exception.fields.item
    fields.add(field)
    values = ", ".join(quoted(value.item) for value in exception.values)
    return f"({field} {exception.comps.item} ({values}))"


def _several(exception: ExceptionInfo, fields: set[str]) -> str:
    alternatives = []
    for values in exception.values:
        _require(
            len(exception.fields.items) == len(values.items),
            "Fields and values lists must have equal length",
            exception.context,
        )
        checks = []
        for field, comp, value in zip(exception.fields.items, exception.comps.items, values.items, strict=True):
            fields.add(field.item)
            checks.append(f" {field.item} {comp.item} {_right_side(comp.item, value)}")
        alternatives.append(f"({' and '.join(checks)})")
    return f"({' or '.join(alternatives)})" if alternatives else ""


def _right_side(operator: str, value: Entry) -> str:
    if value.is_list:
        return f"({', '.join(quoted(each.item) for each in value.items)})"
    if operator in LIST_OPERATORS or has_modifier(operator):
        return value.item if value.item.startswith("(") else f"({value.item})"
    return quoted(value.item)


def _require(condition: bool, message: str, context: Context) -> None:
    if not condition:
        raise LoadError(ErrorCode.LOAD_ERR_VALIDATE, message, context)
