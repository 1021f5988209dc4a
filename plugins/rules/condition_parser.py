"""From the text of a condition to its tree. The language is that of filters, and names of macros besides.

What is wrong is said in Falco's words, with the place where its parser would stand.
"""

from __future__ import annotations

import re

from tracer.plugins.rules.condition import (
    Check,
    Condition,
    Field,
    Function,
    Junction,
    Macro,
    Not,
    Operand,
    OperandList,
    Value,
    Values,
)
from tracer.plugins.rules.condition_grammar import (
    BARE,
    BARE_ARGUMENT,
    BLANK,
    FIELD,
    FUNCTIONS,
    HEXADECIMAL,
    IDENTIFIER,
    LIST_OPERATORS,
    MODIFIERS,
    NOT,
    NUMBER,
    NUMBER_OPERATORS,
    OPERATORS,
    SYMBOLS,
    WORDS,
    quoted_list,
)
from tracer.plugins.rules.context import Position
from tracer.plugins.rules.string_literals import unescaped

MAX_DEPTH = 200
"""How deep brackets and functions may nest."""

_VALUE_OR_FUNCTION = f"a field with a valid transformer: {quoted_list(('val', *FUNCTIONS))}"
_BOOLEAN_WORD = re.compile(r"(and|or|not)(?![0-9A-Za-z])")


class ConditionError(Exception):
    """A text that is no condition."""

    def __init__(self, message: str, position: Position) -> None:
        super().__init__(message)
        self.position = position


def parse_condition(text: str) -> Condition:
    """The tree of a condition. Raises ConditionError."""
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._last = ""
        """The token that was taken last."""
        self._depth = 0

    def parse(self) -> Condition:
        if not self._text:
            raise self._error("filter input string is empty")
        found = self._junction("or")
        if self._at != len(self._text):
            raise self._error(f"unexpected token after '{self._last}', expecting 'or', 'and'")
        return found

    def _junction(self, word: str) -> Condition:
        """What "or" joins, each of which is what "and" joins."""
        self._blank()
        position = self._position()
        items = [self._junction("and") if word == "or" else self._negation()]
        self._blank()
        while self._take(word):
            if self._blank():
                items.append(self._junction("and") if word == "or" else self._negation())
            elif self._take("("):
                items.append(self._embedded())
            else:
                raise self._error(f"expected blank or '(' after '{word}'")
            self._blank()
        return items[0] if len(items) == 1 else Junction(word, tuple(items), position)

    def _negation(self) -> Condition:
        self._blank()
        position = self._position()
        is_not = False
        while self._match(NOT):
            is_not = not is_not
        if self._take("not("):
            is_not = not is_not
            item = self._embedded()
        else:
            item = self._check()
        return Not(item, position) if is_not else item

    def _embedded(self) -> Condition:
        """What stands between brackets, after the opening one."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"exceeded max depth limit of {MAX_DEPTH}")
        found = self._junction("or")
        self._blank()
        if not self._take(")"):
            raise self._error("expected a ')' token")
        self._depth -= 1
        return found

    def _check(self) -> Condition:
        self._blank()
        position = self._position()
        if self._take("("):
            return self._embedded()
        left = self._field_or_function(position)
        if left is not None:
            return self._comparison(left, position)
        if self._match(IDENTIFIER):
            return Macro(self._last, position)
        raise self._error("expected a '(' token, a field check, or an identifier")

    def _comparison(self, left: Field | Function, position: Position) -> Check:
        self._blank()
        if self._take("exists"):
            return Check(left, "exists", None, position)
        if self._take_any(NUMBER_OPERATORS):
            return Check(left, self._last, self._number(), position)
        if self._take_any(SYMBOLS) or self._take_word(WORDS):
            operator = self._last
            had_blank = self._blank() or operator in WORDS
            if had_blank and (modifier := self._modifier()):
                return Check(left, f"{operator} {modifier}", self._list(functions=False), position)
            return Check(left, operator, self._text_value(), position)
        if self._take_any(LIST_OPERATORS):
            return Check(left, self._last, self._list(functions=True), position)
        raise self._error(f"expected a valid check operator: one of {quoted_list(OPERATORS)}")

    def _modifier(self) -> str:
        """The modifier that stands here before a list; "" for none, and nothing is taken."""
        start, last = self._at, self._last
        if self._take_word(MODIFIERS):
            modifier = self._last
            rest = self._text[self._at : self._at + 1]
            if (rest == "(" or IDENTIFIER.match(self._text, self._at)) and not _BOOLEAN_WORD.match(
                self._text, self._at
            ):
                return modifier
        self._at, self._last = start, last
        return ""

    def _number(self) -> Value | Function:
        self._blank()
        position = self._position()
        if found := self._function_or_val():
            return found
        if self._match(HEXADECIMAL) or self._match(NUMBER):
            return Value(self._last, position)
        raise self._error(f"expected a number value or {_VALUE_OR_FUNCTION}")

    def _text_value(self) -> Value | Function:
        self._blank()
        if found := self._function_or_val():
            return found
        value = self._constant()
        if value is None:
            raise self._error(f"expected a string value or {_VALUE_OR_FUNCTION}")
        return value

    def _constant(self) -> Value | None:
        position = self._position()
        return Value(self._last, position) if self._quoted() or self._match(BARE) else None

    def _list(self, *, functions: bool) -> Value | Values | Function:
        self._blank()
        position = self._position()
        if self._take("("):
            return self._values(position)
        if functions and (found := self._function_or_val()):
            return found
        if self._match(IDENTIFIER):
            return Value(self._last, position)
        if functions:
            raise self._error(f"expected a list, an identifier, or {_VALUE_OR_FUNCTION}")
        raise self._error("expected a list or an identifier")

    def _values(self, position: Position) -> Values:
        self._blank()
        items: list[str] = []
        if (first := self._constant()) is not None:
            items.append(first.text)
            self._blank()
            while self._take(","):
                self._blank()
                item = self._constant()
                if item is None:
                    raise self._error("expected a string value")
                items.append(item.text)
                self._blank()
        if not self._take(")"):
            raise self._error("expected a ')' token")
        return Values(tuple(items), position)

    def _function_or_val(self) -> Function | None:
        self._blank()
        position = self._position()
        if self._take("val("):
            self._blank()
            inner = self._position()
            if not self._match(FIELD):
                raise self._error("expected a field within 'val' transformer")
            field = Field(self._last, self._argument(), inner)
            self._blank()
            if not self._take(")"):
                raise self._error("expected a ')' token closing the transformer")
            return Function("val", (field,), self._argument(), position)
        return self._function(position)

    def _field_or_function(self, position: Position) -> Field | Function | None:
        if self._match(FIELD):
            return Field(self._last, self._argument(), position)
        return self._function(position)

    def _function(self, position: Position) -> Function | None:
        if not self._take_any(tuple(f"{name}(" for name in FUNCTIONS)):
            return None
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"exceeded max depth limit of {MAX_DEPTH}")
        name = self._last[:-1]
        arguments = [self._function_argument()]
        self._blank()
        while self._take(","):
            arguments.append(self._function_argument())
            self._blank()
        if not self._take(")"):
            raise self._error("expected a ')' token closing the transformer")
        self._depth -= 1
        return Function(name, tuple(arguments), self._argument(), position)

    def _function_argument(self, *, in_list: bool = False) -> Operand:
        self._blank()
        position = self._position()
        if self._match(HEXADECIMAL) or self._match(NUMBER) or self._quoted():
            return Value(self._last, position)
        if not in_list and self._take("("):
            return self._operand_list(position)
        found = self._field_or_function(position)
        if found is None:
            what = "transformer list argument: " if in_list else "field transformer argument: "
            kinds = "field, transformer, quoted string, " + ("or number" if in_list else "number, or transformer list")
            raise self._error(f"expected {what}{kinds}")
        return found

    def _operand_list(self, position: Position) -> OperandList:
        self._blank()
        if self._take(")"):
            return OperandList((), position)
        items = [self._function_argument(in_list=True)]
        self._blank()
        while self._take(","):
            items.append(self._function_argument(in_list=True))
            self._blank()
        if not self._take(")"):
            raise self._error("expected ')'")
        return OperandList(tuple(items), position)

    def _argument(self) -> str | None:
        """What stands in square brackets here, if anything does."""
        if not self._take("["):
            return None
        if not self._quoted() and not self._match(BARE_ARGUMENT):
            raise self._error("expected a valid field argument: a quoted string or a bare string")
        argument = self._last
        if not self._take("]"):
            raise self._error("expected a ']' token")
        return argument

    def _quoted(self) -> bool:
        quote = self._text[self._at : self._at + 1]
        if quote not in ("'", '"'):
            return False
        end = self._at + 1
        while end < len(self._text) and (self._text[end] != quote or self._text[end - 1] == "\\"):
            end += 1
        if end >= len(self._text):
            return False
        literal = self._text[self._at : end + 1]
        self._at = end + 1
        try:
            self._last = unescaped(literal)
        except ValueError as error:
            raise self._error(str(error)) from None
        return True

    def _blank(self) -> bool:
        start = self._at
        found = BLANK.match(self._text, start)
        assert found is not None
        self._at = found.end()
        return self._at > start

    def _match(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self._text, self._at)
        if found is None:
            return False
        self._at, self._last = found.end(), found[0]
        return True

    def _take(self, word: str) -> bool:
        if not self._text.startswith(word, self._at):
            return False
        self._at += len(word)
        self._last = word
        return True

    def _take_any(self, words: tuple[str, ...]) -> bool:
        return any(self._take(word) for word in words)

    def _take_word(self, words: tuple[str, ...]) -> bool:
        """Takes one of the words with the blank that has to follow it."""
        start, last = self._at, self._last
        for word in words:
            if self._take(word):
                if self._blank():
                    return True
                self._at, self._last = start, last
        return False

    def _position(self) -> Position:
        before = self._text[: self._at]
        breaks = before.count("\n") + before.count("\r")
        line_start = max(before.rfind("\n"), before.rfind("\r")) + 1
        return Position(self._at, 1 + breaks, self._at - line_start + 1)

    def _error(self, message: str) -> ConditionError:
        return ConditionError(message, self._position())
