"""From a condition's tree to what the engine evaluates."""

from __future__ import annotations

from typing import Any

from tracer.core.filter import FilterError
from tracer.core.filter import tree as engine_tree
from tracer.core.filter.compiler import Program, encode_filter
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

_NOWHERE = engine_tree.Span(0, 0)


class UnusableCheck(Exception):
    """A comparison that the engine cannot make."""

    def __init__(self, message: str, position: Position) -> None:
        super().__init__(message)
        self.position = position


class ProgramCompiler:
    """Makes programs. Parts of conditions that are the same object give the same part of a program."""

    def __init__(self) -> None:
        self._registry = EngineRegistry()
        self._programs: dict[int, tuple[Condition, Program]] = {}
        self._is_field: dict[str, bool] = {}

    def compile(self, condition: Condition) -> Program:
        """The program of a condition without macros. Raises UnusableCheck for its first bad comparison."""
        known = self._programs.get(id(condition))
        if known is not None:
            return known[1]
        program = self._compile(condition)
        self._programs[id(condition)] = condition, program
        return program

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
            self.compile(parse_condition(f"{text} exists"))
        except (ConditionError, UnusableCheck):
            return False
        return True

    def _compile(self, condition: Condition) -> Program:
        if isinstance(condition, Junction):
            return condition.word, tuple(map(self.compile, condition.items))
        if isinstance(condition, Not):
            return "not", self.compile(condition.item)
        assert not isinstance(condition, Macro)
        for field in (*fields(condition.left), *fields(condition.right)):
            if not self.is_field(field.text):
                message = f"filter_check called with nonexistent field {field.text}"
                raise UnusableCheck(message, condition.position)
        check = engine_check(condition)
        try:
            return encode_filter(check, self._registry)
        except FilterError as error:
            raise UnusableCheck(message_of(error, condition, self._registry), condition.position) from None


def engine_check(check: Check) -> engine_tree.Check:
    """The comparison as filters have it."""
    name, _, modifier = check.operator.partition(" ")
    operator = engine_tree.Operator("=" if name == "==" else name, _NOWHERE, modifier)
    right: Any = ()
    if isinstance(check.right, Values):
        right = tuple(engine_tree.Literal(text, _NOWHERE) for text in check.right.items)
    elif isinstance(check.right, Value):
        right = (engine_tree.Literal(check.right.text, _NOWHERE),)
    elif check.right is not None:
        right = _operand(check.right)
    return engine_tree.Check(_operand(check.left), operator, right, _NOWHERE)


def _operand(operand: Operand) -> engine_tree.Operand:
    if isinstance(operand, Field):
        return engine_tree.FieldName(operand.text, _NOWHERE)
    if isinstance(operand, Value):
        return engine_tree.Literal(operand.text, _NOWHERE)
    if isinstance(operand, Function):
        selector = None if operand.selector is None else engine_tree.Literal(operand.selector, _NOWHERE)
        return engine_tree.Call(operand.name, tuple(map(_operand, operand.arguments)), _NOWHERE, selector)
    return engine_tree.OperandList(tuple(map(_operand, operand.items)), _NOWHERE)
