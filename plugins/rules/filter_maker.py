"""From a rule's condition to a filter's tree."""

from __future__ import annotations

from typing import Any

from tracer.core.filter import FilterError
from tracer.core.filter import tree as filter_tree
from tracer.core.filter.filter_set import program_of
from tracer.core.filter.registry import EngineRegistry
from tracer.plugins.rules.condition import (
    Check,
    Condition,
    Field,
    Function,
    Junction,
    Macro,
    Not,
    Operand,
    Value,
    Values,
    fields,
)
from tracer.plugins.rules.condition_parser import ConditionError, parse_condition
from tracer.plugins.rules.context import Position
from tracer.plugins.rules.filter_messages import message_of

_NOWHERE = filter_tree.Span(0, 0)


class UnusableCheck(Exception):
    """A comparison that the engine cannot make."""

    def __init__(self, message: str, position: Position) -> None:
        super().__init__(message)
        self.position = position


class FilterMaker:
    """Makes filters. Parts of conditions that are the same object give the same part of a filter."""

    def __init__(self) -> None:
        self._registry = EngineRegistry()
        self._made: dict[int, tuple[Condition, filter_tree.Expression]] = {}
        self._is_field: dict[str, bool] = {}

    def make(self, condition: Condition) -> filter_tree.Expression:
        """The filter of a condition without macros. Raises UnusableCheck for its first bad comparison."""
        known = self._made.get(id(condition))
        if known is not None:
            return known[1]
        made = self._make(condition)
        self._made[id(condition)] = condition, made
        return made

    def is_field(self, text: str) -> bool:
        """Whether a text is a field, or a function of one, that can stand on the left of a comparison."""
        known = self._is_field.get(text)
        if known is None:
            known = self._is_field[text] = self._exists(text)
        return known

    def _exists(self, text: str) -> bool:
        if "(" not in text:
            try:
                return self._registry.find(text) is not None
            except ValueError:
                return False
        try:
            self.make(parse_condition(f"{text} exists"))
        except (ConditionError, UnusableCheck):
            return False
        return True

    def _make(self, condition: Condition) -> filter_tree.Expression:
        if isinstance(condition, Junction):
            kind = filter_tree.And if condition.word == "and" else filter_tree.Or
            return kind(tuple(map(self.make, condition.items)), _NOWHERE)
        if isinstance(condition, Not):
            return filter_tree.Not(self.make(condition.item), _NOWHERE)
        assert not isinstance(condition, Macro)
        for field in (*fields(condition.left), *fields(condition.right)):
            if not self.is_field(field.text):
                message = f"filter_check called with nonexistent field {field.text}"
                raise UnusableCheck(message, condition.position)
        check = _filter_check(condition)
        try:
            program_of(check)
            return check
        except FilterError as error:
            raise UnusableCheck(message_of(error, condition, self._registry), condition.position) from None


def _filter_check(check: Check) -> filter_tree.Check:
    """The comparison as filters have it."""
    name, _, modifier = check.operator.partition(" ")
    operator = filter_tree.Operator("=" if name == "==" else name, _NOWHERE, modifier)
    right: Any = ()
    if isinstance(check.right, Values):
        right = tuple(filter_tree.Literal(text, _NOWHERE) for text in check.right.items)
    elif isinstance(check.right, Value):
        right = (filter_tree.Literal(check.right.text, _NOWHERE),)
    elif check.right is not None:
        right = _operand(check.right)
    return filter_tree.Check(_operand(check.left), operator, right, _NOWHERE)


def _operand(operand: Operand) -> filter_tree.Operand:
    if isinstance(operand, Field):
        return filter_tree.FieldName(operand.text, _NOWHERE)
    if isinstance(operand, Value):
        return filter_tree.Literal(operand.text, _NOWHERE)
    if isinstance(operand, Function):
        selector = None if operand.selector is None else filter_tree.Literal(operand.selector, _NOWHERE)
        return filter_tree.Call(operand.name, tuple(map(_operand, operand.arguments)), _NOWHERE, selector)
    return filter_tree.OperandList(tuple(map(_operand, operand.items)), _NOWHERE)
