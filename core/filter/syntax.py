"""Words for the places where a filter stops being one."""

from __future__ import annotations

import re

from tracer.core.filter.errors import FilterError, suggestion
from tracer.core.filter.operators import OPERATORS

_WORD = re.compile(r"[^\s()\"',]+")
_AFTER_A_CHECK = frozenset({"AND", "OR", "RPAR", "END"})
_FOREIGN_KEYWORDS = {"&&": "and", "||": "or", "!": "not", "&": "and", "|": "or"}
_FOREIGN_OPERATORS = {"=~": "regex", "~": "regex", "like": "glob", "matches": "regex", "is": "=", "<>": "!="}


def syntax_error(expected: set[str], position: int, text: str) -> FilterError:
    """What the user should read where none of the `expected` kinds of token stands at `position`."""
    if position >= len(text):
        return _at_end(expected, text)
    found = _WORD.match(text, position)
    word = found[0] if found else text[position]
    if text[position] in "'\"" and "QUOTED" in expected:
        return FilterError(f"the quote {text[position]} is never closed", position, len(text) - position, text)
    return FilterError(_message(word, expected, text[:position]), position, len(word), text)


def _at_end(expected: set[str], text: str) -> FilterError:
    if expected <= _AFTER_A_CHECK:
        return FilterError("this bracket is never closed", _last_open_bracket(text), 1, text)
    return FilterError(f"the filter ends where {_wanted(expected)} should follow", len(text.rstrip()), 1, text)


def _message(word: str, expected: set[str], before: str) -> str:
    keyword = _FOREIGN_KEYWORDS.get(word, word.lower())
    if expected <= _AFTER_A_CHECK:
        if word == ")":
            return "this bracket closes nothing"
        if keyword in {"and", "or"}:
            return f"'{word}' is not in the language; write '{keyword}'"
        return f"'and' or 'or' should stand before '{word}'"
    if "EXISTS" in expected:
        known = _FOREIGN_OPERATORS.get(word)
        hint = f"; did you mean {known}?" if known else suggestion(word, OPERATORS)
        return f"'{word}' is no operator; the field before it needs one, such as = or contains{hint}"
    if "NOT" in expected and word not in {"and", "or"}:
        if keyword in {"and", "or", "not"}:
            return f"'{word}' is not in the language; write '{keyword}'"
        if word.startswith("!") and not before.endswith("!"):
            return "'!' is not in the language; write 'not'"
    return f"{_wanted(expected)} should stand here, not '{word}'"


def _wanted(expected: set[str]) -> str:
    for terminal, words in _WANTED:
        if terminal in expected:
            return words
    return "something else"


_WANTED = (
    ("EXISTS", "an operator, such as = or contains,"),
    ("BARE", "a value"),
    ("ITEM", "a value"),
    ("NOT", "a field, 'not' or '('"),
    ("FIELD", "a field"),
    ("COMMA", "',' or ')'"),
    ("LPAR", "a list in brackets, such as (a, b),"),
    ("RPAR", "')'"),
    ("SELECTOR", "a selector such as [t]"),
    ("CALL", "a list in brackets or val(field)"),
)


def _last_open_bracket(text: str) -> int:
    """Index of the last bracket that is not closed, quotes aside."""
    open_brackets = [0]
    bare = re.sub(r""""(\\.|[^"\\])*"|'(\\.|[^'\\])*'""", lambda quoted: " " * len(quoted[0]), text, flags=re.DOTALL)
    for match in re.finditer(r"[()]", bare):
        if match[0] == "(":
            open_brackets.append(match.start())
        elif len(open_brackets) > 1:
            open_brackets.pop()
    return open_brackets[-1]
