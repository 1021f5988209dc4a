r"""From the text of a filter to its tree.

The language, where `and` binds tighter than `or`, and keywords and operators are lower case::

    expression = conjunction {"or" conjunction}
    conjunction = negation {"and" negation}
    negation = "not" negation | "(" expression ")" | check
    check = operand "exists"
          | operand COMPARISON (value | call | MODIFIER values)
          | operand MEMBERSHIP (values | call)
    operand = FIELD | call
    call = FUNCTION "(" argument {"," argument} ")" ["[" SELECTOR "]"]
    argument = operand | QUOTED | NUMBER | "(" [argument {"," argument}] ")"
    values = "(" [value {"," value} [","]] ")"
    value = QUOTED | bare text

What a piece of text is depends on what may stand in its place: `not` is a keyword before a check, a value after `=`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tracer.core.filter.errors import FilterError
from tracer.core.filter.quoting import unescape
from tracer.core.filter.syntax import syntax_error
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
    Operator,
    Or,
    Span,
)

_PATTERNS = {
    "NOT": r"not(?![\w.])",
    "AND": r"and(?![\w.])",
    "OR": r"or(?![\w.])",
    "EXISTS": r"exists(?![\w.])",
    "COMPARISON": r"==|!=|<=|>=|=|<|>|(?:[ib]?contains|b?startswith|endswith|i?glob|regex)(?!\w)",
    "MEMBERSHIP": r"(?:in|intersects|pmatch)(?!\w)",
    "MODIFIER": r"(?:oneof|anyof|allof)(?=\s*\()",
    "CALL": r"(?:val|tolower|toupper|b64|basename|len|join|concat|getopt)\(",
    "SELECTOR": r"\[[^\s\]]*\]",
    "QUOTED": r"""(?s:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""",
    "FIELD": r"""(?!(?i:and|or|not)(?![\w.]))[A-Za-z][^\s()!=<>"',\[\]]*(?:\[(?:"[^"]*"|'[^']*'|[^\]"']*)\])?""",
    "NUMBER": r"[+-]?\d\w*",
    "BARE": r"""[^\s()"'][^\s()]*""",
    "ITEM": r"""[^\s(),"'][^\s(),]*""",
    "LPAR": r"\(",
    "RPAR": r"\)",
    "COMMA": ",",
    "END": r"\Z",
}
"""What each kind of token looks like."""

# What may stand in a place; the first that fits is it.
_EXPRESSION = ("NOT", "CALL", "FIELD", "LPAR")
_AFTER_CHECK = ("AND", "OR", "END")
_AFTER_CHECK_IN_BRACKETS = ("AND", "OR", "RPAR")
_OPERATOR = ("EXISTS", "COMPARISON", "MEMBERSHIP")
_AFTER_COMPARISON = ("MODIFIER", "CALL", "QUOTED", "BARE")
_AFTER_MEMBERSHIP = ("CALL", "LPAR")
_ARGUMENT = ("CALL", "QUOTED", "FIELD", "NUMBER", "LPAR")
_VALUE = ("QUOTED", "ITEM", "RPAR")
_AFTER_ITEM = ("COMMA", "RPAR")


def parse(text: str) -> Expression:
    """The tree of a filter. Raises FilterError for what is not in the language."""
    if not text.strip():
        raise FilterError("the filter is empty", 0, 1, text)
    return _Parser(text).parse()


def join_words(words: Sequence[str]) -> str:
    """The filter that several command-line words make together."""
    return " ".join(words)


class _Token(NamedTuple):
    kind: str
    text: str
    span: Span


class _Group:
    """What stands between two brackets, as far as it has been read."""

    def __init__(self) -> None:
        self.alternatives: list[list[Expression]] = [[]]
        """What `or` joins; each a list of what `and` joins."""
        self.nots: list[Span] = []
        """Each `not` that the next item stands under."""

    def add(self, item: Expression) -> None:
        while self.nots:
            item = Not(item, self.nots.pop().to(item.span))
        self.alternatives[-1].append(item)

    def expression(self) -> Expression:
        parts = [
            items[0] if len(items) == 1 else And(tuple(items), items[0].span.to(items[-1].span))
            for items in self.alternatives
        ]
        return parts[0] if len(parts) == 1 else Or(tuple(parts), parts[0].span.to(parts[-1].span))


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def parse(self) -> Expression:
        # Brackets and `not` are kept on a list, so that their nesting costs no recursion.
        groups = [_Group()]
        while True:
            token = self._next(_EXPRESSION)
            if token.kind == "NOT":
                groups[-1].nots.append(token.span)
                continue
            if token.kind == "LPAR":
                groups.append(_Group())
                continue
            groups[-1].add(self._check(token))
            while (token := self._next(_AFTER_CHECK_IN_BRACKETS if len(groups) > 1 else _AFTER_CHECK)).kind == "RPAR":
                inner = groups.pop().expression()
                groups[-1].add(inner)
            if token.kind == "END":
                return groups[0].expression()
            if token.kind == "OR":
                groups[-1].alternatives.append([])

    def _next(self, kinds: Sequence[str]) -> _Token:
        """The next token, which must be of one of these kinds."""
        text, start = self._text, self._position
        while start < len(text) and text[start].isspace():
            start += 1
        for kind in kinds:
            if found := re.compile(_PATTERNS[kind]).match(text, start):
                self._position = found.end()
                return _Token(kind, found[0], Span(start, found.end()))
        raise syntax_error(set(kinds), start, text)

    def _check(self, first: _Token) -> Check:
        left = self._operand(first, 0)
        token = self._next(_OPERATOR)
        operator = Operator("=" if token.text == "==" else token.text, token.span)
        if token.kind == "EXISTS":
            return Check(left, operator, (), left.span.to(token.span))
        right = self._next(_AFTER_COMPARISON if token.kind == "COMPARISON" else _AFTER_MEMBERSHIP)
        if right.kind == "CALL":
            call = self._call(right, 0)
            return Check(left, operator, call, left.span.to(call.span))
        if right.kind in ("QUOTED", "BARE"):
            return Check(left, operator, (self._literal(right),), left.span.to(right.span))
        if right.kind == "MODIFIER":
            operator = Operator(operator.name, operator.span, right.text)
            self._next(("LPAR",))
        values, end = self._values()
        return Check(left, operator, values, left.span.to(end))

    def _operand(self, token: _Token, depth: int) -> Operand:
        return FieldName(token.text, token.span) if token.kind == "FIELD" else self._call(token, depth)

    def _call(self, opening: _Token, depth: int) -> Call:
        arguments, end = self._arguments(self._next(_ARGUMENT), depth + 1)
        selector = None
        if self._text.startswith("[", self._position):
            token = self._next(("SELECTOR",))
            selector = Literal(token.text[1:-1], token.span)
            end = token.span
        return Call(opening.text[:-1], arguments, opening.span.to(end), selector)

    def _arguments(self, token: _Token, depth: int) -> tuple[tuple[Operand, ...], Span]:
        """The arguments from the first on, and the place of the bracket that ends them."""
        if depth > MAX_DEPTH:
            raise FilterError(f"the filter nests deeper than {MAX_DEPTH} levels", token.span.start, 1, self._text)
        arguments = [self._argument(token, depth)]
        while (token := self._next(_AFTER_ITEM)).kind == "COMMA":
            arguments.append(self._argument(self._next(_ARGUMENT), depth))
        return tuple(arguments), token.span

    def _argument(self, token: _Token, depth: int) -> Operand:
        if token.kind in ("QUOTED", "NUMBER"):
            return self._literal(token)
        if token.kind != "LPAR":
            return self._operand(token, depth)
        first = self._next((*_ARGUMENT, "RPAR"))
        if first.kind == "RPAR":
            return OperandList((), token.span.to(first.span))
        items, end = self._arguments(first, depth + 1)
        return OperandList(items, token.span.to(end))

    def _values(self) -> tuple[tuple[Literal, ...], Span]:
        """The values after an opening bracket, and the place of the closing one."""
        values: list[Literal] = []
        while (token := self._next(_VALUE)).kind != "RPAR":
            values.append(self._literal(token))
            if (token := self._next(_AFTER_ITEM)).kind == "RPAR":
                break
        return tuple(values), token.span

    def _literal(self, token: _Token) -> Literal:
        quoted = token.kind == "QUOTED"
        text, bad = unescape(token.text[1:-1] if quoted else token.text)
        if bad >= 0:
            message = r"\x must be followed by two hexadecimal digits"
            raise FilterError(message, token.span.start + quoted + bad, 2, self._text)
        return Literal(text, token.span)
