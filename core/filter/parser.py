"""From the text of a filter to its tree."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedInput

from tracer.core.filter.errors import FilterError
from tracer.core.filter.quoting import unescape
from tracer.core.filter.syntax import syntax_error
from tracer.core.filter.tree import (
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


def parse(text: str) -> Expression:
    """The tree of a filter. Raises FilterError for what is not in the language."""
    if not text.strip():
        raise FilterError("the filter is empty", 0, 1, text)
    try:
        return cast(Expression, _parser().parse(text))
    except UnexpectedInput as error:
        raise syntax_error(error, text) from None
    except _BadEscape as error:
        message = r"\x must be followed by two hexadecimal digits"
        raise FilterError(message, error.position, 2, text) from None


def join_words(words: Sequence[str]) -> str:
    """The filter that several command-line words make together."""
    return " ".join(words)


class _BadEscape(Exception):
    def __init__(self, position: int) -> None:
        self.position = position


def _span(token: Token) -> Span:
    return Span(cast(int, token.start_pos), cast(int, token.end_pos))


def _operator(token: Token, modifier: Token | None = None) -> Operator:
    name = "=" if token == "==" else str(token)
    return Operator(name, _span(token), str(modifier) if modifier is not None else "")


class _TreeBuilder(Transformer[Token, Expression]):
    """Called by the parser as it recognises each rule, so that nesting costs no recursion."""

    def field(self, children: list[Token]) -> FieldName:
        return FieldName(str(children[0]), _span(children[0]))

    def literal(self, children: list[Token]) -> Literal:
        token = children[0]
        quoted = token[0] in "'\""
        text, bad = unescape(token[1:-1] if quoted else str(token))
        if bad >= 0:
            raise _BadEscape(_span(token).start + quoted + bad)
        return Literal(text, _span(token))

    def call(self, children: list[Token | Operand]) -> Call:
        opening, *arguments, closing = children
        span = _span(cast(Token, opening)).to(_span(cast(Token, closing)))
        return Call(str(opening)[:-1], tuple(cast("list[Operand]", arguments)), span)

    def operands(self, children: list[Token | Operand]) -> OperandList:
        opening, *items, closing = children
        span = _span(cast(Token, opening)).to(_span(cast(Token, closing)))
        return OperandList(tuple(cast("list[Operand]", items)), span)

    def values(self, children: list[Literal | Token]) -> tuple[tuple[Literal, ...], Span]:
        items = tuple(child for child in children if isinstance(child, Literal))
        return items, _span(cast(Token, children[-1]))

    def exists(self, children: list[Operand | Token]) -> Check:
        left, operator = cast("tuple[Operand, Token]", children)
        return Check(left, _operator(operator), (), left.span.to(_span(operator)))

    def compare(self, children: list[Operand | Token]) -> Check:
        left, operator, value = cast("tuple[Operand, Token, Token]", children)
        return Check(left, _operator(operator), (self.literal([value]),), left.span.to(_span(value)))

    def compare_list(self, children: list[object]) -> Check:
        left, operator, modifier, (items, end) = cast(
            "tuple[Operand, Token, Token, tuple[tuple[Literal, ...], Span]]", children
        )
        return Check(left, _operator(operator, modifier), items, left.span.to(end))

    def compare_operand(self, children: list[object]) -> Check:
        left, operator, right = cast("tuple[Operand, Token, Call]", children)
        return Check(left, _operator(operator), right, left.span.to(right.span))

    def member(self, children: list[object]) -> Check:
        left, operator, (items, end) = cast("tuple[Operand, Token, tuple[tuple[Literal, ...], Span]]", children)
        return Check(left, _operator(operator), items, left.span.to(end))

    def group(self, children: list[object]) -> Expression:
        return cast(Expression, children[1])

    def negate(self, children: list[object]) -> Not:
        keyword, item = cast("tuple[Token, Expression]", children)
        return Not(item, _span(keyword).to(item.span))

    def conjunction(self, children: list[Expression]) -> And:
        return And(tuple(children), children[0].span.to(children[-1].span))

    def disjunction(self, children: list[Expression]) -> Or:
        return Or(tuple(children), children[0].span.to(children[-1].span))


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=_TreeBuilder())
