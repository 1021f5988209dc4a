"""The tree of a filter, as the parser makes it: nothing here is checked against the fields yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

MAX_DEPTH = 100
"""How deep brackets, `not` and calls may nest."""


@dataclass(frozen=True)
class Span:
    """A part of the filter's text: from character `start` up to, and without, `end`."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of another."""
        return Span(self.start, other.end)


@dataclass(frozen=True)
class FieldName:
    """A field with its argument, as written: ``proc.name``, ``evt.arg[0]``, ``evt.arg.fd``."""

    text: str
    span: Span


@dataclass(frozen=True)
class Literal:
    """A value, without its quotes and with its escapes resolved. Bytes above 127 from escapes are lone surrogates."""

    text: str
    span: Span


@dataclass(frozen=True)
class Call:
    """A transformer applied to operands: ``tolower(proc.name)``; or ``val(field)`` on the right of an operator."""

    function: str
    arguments: tuple[Operand, ...]
    span: Span


@dataclass(frozen=True)
class OperandList:
    """Operands in brackets, the list that `join` takes."""

    items: tuple[Operand, ...]
    span: Span


Operand: TypeAlias = "FieldName | Literal | Call | OperandList"


@dataclass(frozen=True)
class Operator:
    """A comparison: ``=``, ``contains``, ``exists``, ...; `modifier` is oneof, anyof, allof or ""."""

    name: str
    span: Span
    modifier: str = ""


@dataclass(frozen=True)
class Check:
    """One comparison. `right` holds the value or values, or one Call, or nothing for ``exists``."""

    left: Operand
    operator: Operator
    right: tuple[Literal, ...] | Call
    span: Span


@dataclass(frozen=True)
class Not:
    """True where `item` is not."""

    item: Expression
    span: Span


@dataclass(frozen=True)
class And:
    """True where all items are."""

    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True)
class Or:
    """True where any item is."""

    items: tuple[Expression, ...]
    span: Span


Expression: TypeAlias = "And | Or | Not | Check"
