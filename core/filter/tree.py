"""The tree of a filter, as the parser makes it: nothing here is checked against the fields yet."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

MAX_DEPTH = 100
"""How deep brackets, `not` and calls may nest."""


class Span(NamedTuple):
    """A part of the filter's text: from character `start` up to, and without, `end`."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of another."""
        return Span(self.start, other.end)


class FieldName(NamedTuple):
    """A field with its argument, as written: ``proc.name``, ``evt.arg[0]``, ``evt.arg.fd``."""

    text: str
    span: Span


class Literal(NamedTuple):
    """A value, without its quotes and with its escapes resolved. Bytes above 127 from escapes are lone surrogates."""

    text: str
    span: Span


class Call(NamedTuple):
    """A transformer applied to operands: ``tolower(proc.name)``; or ``val(field)`` on the right of an operator."""

    function: str
    arguments: tuple[Operand, ...]
    span: Span
    selector: Literal | None = None
    """What of the result is meant: ``getopt(...)[t]``."""


class OperandList(NamedTuple):
    """Operands in brackets, the list that `join` takes."""

    items: tuple[Operand, ...]
    span: Span


Operand: TypeAlias = "FieldName | Literal | Call | OperandList"


class Operator(NamedTuple):
    """A comparison: ``=``, ``contains``, ``exists``, ...; `modifier` is oneof, anyof, allof or ""."""

    name: str
    span: Span
    modifier: str = ""


class Check(NamedTuple):
    """One comparison. `right` holds the value or values, or one Call, or nothing for ``exists``."""

    left: Operand
    operator: Operator
    right: tuple[Literal, ...] | Call
    span: Span


class Not(NamedTuple):
    """True where `item` is not."""

    item: Expression
    span: Span


class And(NamedTuple):
    """True where all items are."""

    items: tuple[Expression, ...]
    span: Span


class Or(NamedTuple):
    """True where any item is."""

    items: tuple[Expression, ...]
    span: Span


Expression: TypeAlias = "And | Or | Not | Check"
