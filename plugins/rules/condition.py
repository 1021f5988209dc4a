"""The tree of a rule's condition, and its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from tracer.plugins.rules.context import Position


class Field(NamedTuple):
    """A field."""

    name: str
    argument: str | None
    position: Position

    @property
    def text(self) -> str:
        """The field with its argument in brackets."""
        return self.name if self.argument is None else f"{self.name}[{self.argument}]"


class Value(NamedTuple):
    """A constant."""

    text: str
    position: Position


class Values(NamedTuple):
    """Constants in brackets."""

    items: tuple[str, ...]
    position: Position


class Function(NamedTuple):
    """A function of fields and constants; `selector` stands in brackets behind it."""

    name: str
    arguments: tuple[Operand, ...]
    selector: str | None
    position: Position


class OperandList(NamedTuple):
    """A list that a function takes."""

    items: tuple[Operand, ...]
    position: Position


Operand: TypeAlias = "Field | Value | Function | OperandList"


class Check(NamedTuple):
    """A comparison; `right` is None for `exists`."""

    left: Field | Function
    operator: str
    right: Value | Values | Function | None
    position: Position


class Macro(NamedTuple):
    """The name of a macro, in whose place its condition belongs."""

    name: str
    position: Position


class Not(NamedTuple):
    """True where `item` is not."""

    item: Condition
    position: Position


class Junction(NamedTuple):
    """Several conditions, joined by "and" or "or"."""

    word: str
    items: tuple[Condition, ...]
    position: Position


Condition: TypeAlias = "Check | Macro | Not | Junction"

_SPECIAL = re.compile(r"[ =\\\"'\x00\b\f\n\r\t]")
_ESCAPES = str.maketrans({"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'})


def as_text(condition: Condition) -> str:
    """The condition as one line."""
    if isinstance(condition, Check):
        words = [_operand_text(condition.left), condition.operator]
        if isinstance(condition.right, Values):
            words.append(f"({', '.join(map(escaped, condition.right.items))})")
        elif condition.right is not None:
            words.append(_operand_text(condition.right))
        return " ".join(words)
    if isinstance(condition, Macro):
        return condition.name
    if isinstance(condition, Not):
        return f"not {as_text(condition.item)}"
    return f"({f' {condition.word} '.join(map(as_text, condition.items))})"


def escaped(text: str) -> str:
    """The value as it is written, in quotes where it needs them."""
    return f'"{text.translate(_ESCAPES)}"' if _SPECIAL.search(text) else text


def _operand_text(operand: Operand) -> str:
    if isinstance(operand, Field):
        return operand.text
    if isinstance(operand, Value):
        return escaped(operand.text)
    if isinstance(operand, OperandList):
        return f"({','.join(map(_operand_text, operand.items))})"
    arguments = ",".join(map(_operand_text, operand.arguments))
    selector = "" if operand.selector is None else f"[{operand.selector}]"
    return f"{operand.name}({arguments}){selector}"


def checks(condition: Condition) -> Iterator[Check]:
    """All comparisons, from left to right."""
    if isinstance(condition, Check):
        yield condition
    elif isinstance(condition, Not):
        yield from checks(condition.item)
    elif isinstance(condition, Junction):
        for item in condition.items:
            yield from checks(item)


def macros(condition: Condition) -> Iterator[Macro]:
    """All names of macros, from left to right."""
    if isinstance(condition, Macro):
        yield condition
    elif isinstance(condition, Not):
        yield from macros(condition.item)
    elif isinstance(condition, Junction):
        for item in condition.items:
            yield from macros(item)


def fields(operand: Operand | Values | None) -> Iterator[Field]:
    """The fields that an operand mentions."""
    if isinstance(operand, Field):
        yield operand
    elif isinstance(operand, Function):
        for argument in operand.arguments:
            yield from fields(argument)
    elif isinstance(operand, OperandList):
        for item in operand.items:
            yield from fields(item)
