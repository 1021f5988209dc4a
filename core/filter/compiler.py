"""Checks a filter's tree against the fields and encodes it for the engine.

The program is nested tuples:

* ``("and", (program, ...))``, ``("or", (program, ...))``, ``("not", program)``
* ``("check", operand, operator, modifier, quantifier, right)``: `modifier` is "", oneof, anyof or allof; `quantifier`
  says whether "any" or "all" of a field's values must fit; `right` is None, a tuple of constants (see `constants`), or
  an operand
* ``("around", timestamp, nanoseconds)``: events that near to a moment
* operands: ``("field", name, argument or None)``, ``("call", function, (operand, ...))``, ``("list", (operand, ...))``,
  ``("text", bytes)``
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn, TypeAlias

from tracer.core.filter.constants import Constant, check_event_type, constant, host_addresses
from tracer.core.filter.errors import FilterError, suggestion
from tracer.core.filter.operators import FITTING_OPERATORS, kind_of
from tracer.core.filter.quoting import encode
from tracer.core.filter.registry import Field, FieldRegistry
from tracer.core.filter.tree import (
    MAX_DEPTH,
    And,
    Call,
    Check,
    Expression,
    FieldName,
    Literal,
    Not,
    Operand,
    OperandList,
    Or,
    Span,
)

Program: TypeAlias = tuple[Any, ...]

_BOTH_ENDS = frozenset({"fd.ip", "fd.port", "fd.proto", "fd.net"})
"""Fields with the values of both ends of a connection."""
_HOST_NAMES = frozenset(("field", f"fd.{end}ip.name") for end in "cslr")
"""Fields that are compared by the addresses of the hosts that are named."""
_ANCESTORS = frozenset(
    {"proc.apid", "proc.aname", "proc.aexe", "proc.aexepath", "proc.aargs", "proc.acmdline", "proc.aenv"}
)
"""Fields that, without an argument, have the values of all ancestors."""


def encode_filter(tree: Expression, registry: FieldRegistry, text: str = "") -> Program:
    """The program of a tree. `text` is the filter, for the error. Raises FilterError."""
    try:
        return _Encoder(registry).expression(tree, 0)
    except FilterError as error:
        error.text = text
        raise


class _Typed(NamedTuple):
    """An operand, encoded, with what the check needs to know of it."""

    program: Program
    type: str
    subject: str
    is_list: bool = False
    all_operators: frozenset[str] = frozenset()
    """Operators that all of several values must satisfy; for the others one is enough."""


class _Encoder:
    def __init__(self, registry: FieldRegistry) -> None:
        self._registry = registry

    def expression(self, node: Expression, depth: int) -> Program:
        if depth > MAX_DEPTH:
            _fail(f"the filter nests deeper than {MAX_DEPTH} levels", node.span)
        if isinstance(node, And | Or):
            name = "and" if isinstance(node, And) else "or"
            return name, tuple(self.expression(item, depth + 1) for item in node.items)
        if isinstance(node, Not):
            return "not", self.expression(node.item, depth + 1)
        return self.check(node)

    def check(self, node: Check) -> Program:
        left = self.operand(node.left)
        operator, modifier = node.operator.name, node.operator.modifier
        if left.program[:2] == ("field", "evt.around"):
            return self.around(node, left)
        if operator not in FITTING_OPERATORS[kind_of(left.type)]:
            fitting = [name for name in FITTING_OPERATORS[kind_of(left.type)] if len(name) > 2 or name in "=<>"]
            _fail(
                f"{operator} does not fit {left.subject}, which is of type {left.type}; "
                f"use one of {', '.join(sorted(fitting))}",
                node.operator.span,
            )
        if left.program[:2] in _HOST_NAMES and operator in ("=", "!=", "in") and not isinstance(node.right, Call):
            return _host_check(left.program, operator, node.right)
        right: Program | None
        if isinstance(node.right, Call):
            right = self.right_operand(left, operator, node.right)
        elif operator == "exists":
            right = None
        else:
            right = tuple(self.constant(left, operator, literal) for literal in node.right)
        quantifier = "all" if operator in left.all_operators else "any"
        return "check", left.program, operator, modifier, quantifier, right

    def around(self, node: Check, left: _Typed) -> Program:
        if node.operator.name != "=" or isinstance(node.right, Call) or len(node.right) != 1:
            _fail("evt.around is used as evt.around[NANOSECONDS]=MILLISECONDS", node.operator.span)
        argument = left.program[2]
        if not argument or not argument.isdecimal() or int(argument) >= 1 << 64:
            _fail(f"evt.around needs a time in nanoseconds since the epoch, not '{argument or ''}'", node.left.span)
        milliseconds = constant("evt.around", "uint64", "=", node.right[0])[1]
        return "around", int(argument), min(milliseconds * 1_000_000, (1 << 64) - 1)

    def constant(self, left: _Typed, operator: str, literal: Literal) -> Constant:
        if left.program == ("field", "evt.type", None) and operator in ("=", "!=", "in", "intersects"):
            check_event_type(literal)
        made = constant(left.subject, left.type, operator, literal)
        if operator == "regex":
            wrong = self._registry.regex_error(made[1])
            if wrong:
                _fail(f"'{literal.text}' is no regular expression: {wrong}", literal.span)
        return made

    def right_operand(self, left: _Typed, operator: str, call: Call) -> Program:
        right = self.operand(call)
        if operator in ("pmatch", "regex"):
            _fail(f"{operator} compares with constants only", call.span)
        left_kind, right_kind = kind_of(left.type), kind_of(right.type)
        if left_kind != right_kind or left_kind in ("network", "dynamic", "opaque"):
            _fail(
                f"{left.subject}, of type {left.type}, cannot be compared with {right.subject}, of type {right.type}",
                call.span,
            )
        return right.program

    def operand(self, node: Operand) -> _Typed:
        if isinstance(node, FieldName):
            return self.field(node)
        if isinstance(node, Literal):
            return _Typed(("text", encode(node.text)), "charbuf", f"'{node.text}'")
        if isinstance(node, OperandList):
            return self.operand_list(node)
        return self.call(node)

    def field(self, node: FieldName) -> _Typed:
        try:
            found = self._registry.find(node.text)
        except ValueError as error:
            _fail(str(error), node.span)
        if found is None:
            hint = suggestion(node.text.partition("[")[0], self._registry.names())
            _fail(f"there is no field {node.text}{hint}", node.span)
        program = ("field", found.name, found.argument)
        # A parameter's name does not tell its type where events differ: then each value's own type decides.
        varies = found.name == "evt.rawarg" and kind_of(found.type) == "opaque"
        return _Typed(program, "dyn" if varies else found.type, node.text, found.is_list, _all_operators(found))

    def operand_list(self, node: OperandList) -> _Typed:
        items = [self.operand(item) for item in node.items]
        for item, typed in zip(node.items, items, strict=True):
            if kind_of(typed.type) != "text" or typed.is_list:
                _fail(f"a list is made of texts; {typed.subject} is none", item.span)
        return _Typed(("list", tuple(item.program for item in items)), "charbuf", "the list", True)

    def call(self, node: Call) -> _Typed:
        arguments = [self.operand(argument) for argument in node.arguments]
        function = _FUNCTIONS[node.function]
        least, greatest = function.arguments
        if not (least <= len(arguments) <= greatest and function.fits(arguments)):
            _fail(f"{node.function}() takes {function.takes}", node.span)
        first = arguments[0]
        if node.selector:
            if not function.selects or len(node.selector.text) != 1:
                what = "one letter, as in getopt(...)[t]" if function.selects else "nothing"
                _fail(f"behind {node.function}() may stand {what} in square brackets", node.selector.span)
            arguments.append(self.operand(node.selector))
        if node.function == "val":
            return first
        program = ("call", node.function, tuple(argument.program for argument in arguments))
        if function.result:
            is_list = function.is_list and not node.selector
            return _Typed(program, function.result, f"{node.function}()", is_list)
        return first._replace(program=program, subject=f"{node.function}()")


def _host_check(name: Program, operator: str, hosts: Sequence[Literal]) -> Program:
    """Whether the address that the name belongs to is, or is not, one of the hosts' addresses.

    As in sysdig, sockets that only listen, which have no client, have no names.
    """
    field = ("field", name[1].removesuffix(".name"), None)
    connected = ("field", "fd.cip", None) if name[1] == "fd.sip.name" else field
    is_known = ("check", connected, "exists", "", "any", None)
    addresses = tuple({address: None for host in hosts for address in host_addresses(host.text)})
    is_one = ("check", field, "in", "", "any", addresses) if addresses else ("not", is_known)
    return "and", (is_known, ("not", is_one) if operator == "!=" else is_one)


class _Function(NamedTuple):
    arguments: tuple[int, int]
    """How many, least and most."""
    takes: str
    fits: Callable[[list[_Typed]], bool]
    result: str = ""
    """Type of the result; "" for that of the argument, each value of a list by itself."""
    is_list: bool = False
    """Whether the result is a list."""
    selects: bool = False
    """Whether one value of the result can be asked for, in square brackets."""


def _is_text(operand: _Typed) -> bool:
    return kind_of(operand.type) == "text"


def _is_data(operand: _Typed) -> bool:
    return kind_of(operand.type) in ("text", "bytes")


_FUNCTIONS = {
    "val": _Function((1, 1), "one field", lambda operands: operands[0].program[0] == "field"),
    "tolower": _Function((1, 1), "one text", lambda operands: _is_text(operands[0])),
    "toupper": _Function((1, 1), "one text", lambda operands: _is_text(operands[0])),
    "basename": _Function((1, 1), "one text", lambda operands: _is_text(operands[0])),
    "b64": _Function((1, 1), "one text or data buffer", lambda operands: _is_data(operands[0])),
    "len": _Function(
        (1, 1), "one text, data buffer or list", lambda operands: operands[0].is_list or _is_data(operands[0]), "uint64"
    ),
    "join": _Function(
        (2, 2),
        "a separator and a list of texts",
        lambda operands: all(map(_is_text, operands)) and not operands[0].is_list and operands[1].is_list,
        "charbuf",
    ),
    "concat": _Function(
        (2, MAX_DEPTH),
        "two or more texts",
        lambda operands: all(_is_text(operand) and not operand.is_list for operand in operands),
        "charbuf",
    ),
    "getopt": _Function(
        (2, 2),
        "a list of texts and a text that names the options, as getopt(3) has it",
        lambda operands: all(map(_is_text, operands)) and operands[0].is_list and not operands[1].is_list,
        "charbuf",
        is_list=True,
        selects=True,
    ),
}


def _all_operators(field: Field) -> frozenset[str]:
    if field.name in _BOTH_ENDS:
        return frozenset({"!="})
    if field.is_list and not (field.argument is None and field.name in _ANCESTORS):
        return frozenset({"in", "!="})
    return frozenset()


def _fail(message: str, span: Span) -> NoReturn:
    raise FilterError(message, span.start, span.end - span.start)
