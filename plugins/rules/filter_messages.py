"""What is wrong with a comparison, in Falco's words where it has its own."""

from __future__ import annotations

from tracer.core.filter import FilterError
from tracer.core.filter.operators import FITTING_OPERATORS, HEX_OPERATORS, kind_of
from tracer.core.filter.registry import EngineRegistry
from tracer.plugins.rules.condition import Check, Field, Value, Values

_KINDS = {
    "text": "string",
    "number": "numeric",
    "real": "numeric",
    "bool": "numeric",
    "bytes": "buffer",
    "address": "ip address and network",
    "network": "ip address and network",
}
"""Falco's names for kinds of values."""


def message_of(error: FilterError, check: Check, registry: EngineRegistry) -> str:
    """The message for a check that the filter compiler refuses."""
    if not isinstance(check.left, Field):
        return error.message
    field = registry.find(check.left.text)
    assert field is not None
    kind = kind_of(field.type)
    name = check.operator.partition(" ")[0]
    if ("=" if name == "==" else name) not in FITTING_OPERATORS[kind] and kind in _KINDS:
        return f"filter error: '{name}' operator not supported for {_KINDS[kind]} filters"
    for value in _values(check):
        wrong = _wrong_value(value, kind, name, check.left, registry)
        if wrong and value in error.message:
            return wrong
    return error.message


def _values(check: Check) -> tuple[str, ...]:
    if isinstance(check.right, Values):
        return check.right.items
    return (check.right.text,) if isinstance(check.right, Value) else ()


def _wrong_value(value: str, kind: str, operator: str, field: Field, registry: EngineRegistry) -> str:
    if field.text in ("evt.type", "syscall.type"):
        return f"unknown event type {value}"
    if operator in HEX_OPERATORS:
        return "filter error: bcontains and bstartswith operator support hex strings only"
    if operator == "regex":
        reason = registry.regex_error(value.encode("utf-8", "surrogateescape"))
        return f"invalid regex pattern: {reason}" if reason else ""
    return {
        "number": f"{value} is not a valid number",
        "real": f"{value} is not a valid number",
        "bool": f"filter error: unrecognized boolean value {value}",
        "address": f"unrecognized IP address {value}",
        "network": f"unrecognized IP network {value}",
    }.get(kind, "")
