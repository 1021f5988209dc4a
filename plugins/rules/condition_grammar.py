"""The words of the language of conditions."""

from __future__ import annotations

import re

NUMBER_OPERATORS = ("<=", "<", ">=", ">")
SYMBOLS = ("==", "=", "!=")
WORDS = (
    "glob",
    "iglob",
    "contains",
    "icontains",
    "bcontains",
    "startswith",
    "bstartswith",
    "endswith",
    "regex",
)
"""Operators that a blank has to follow."""
LIST_OPERATORS = ("intersects", "in", "pmatch")
MODIFIERS = ("oneof", "anyof", "allof")
MODIFIABLE_OPERATORS = frozenset({*SYMBOLS, *WORDS})
OPERATORS = ("exists", *NUMBER_OPERATORS, *SYMBOLS, *WORDS, *LIST_OPERATORS)
FUNCTIONS = ("tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt")

IDENTIFIER = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*")
FIELD = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*(?:\.[a-zA-Z]+[a-zA-Z0-9_]*)+")
BARE_ARGUMENT = re.compile(r"[^\]\[\"'\s]+")
HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]+")
NUMBER = re.compile(r"[+\-]?[0-9]+\.?[0-9]*(?:[eE][+\-][0-9]+)?")
BARE = re.compile(r"[^()\"'\s=,]+")
NOT = re.compile(r"not\s+")
BLANK = re.compile(r"[ \t\b\r\n]*")


def quoted_list(words: tuple[str, ...]) -> str:
    """The words in quotes, with commas between them."""
    return ", ".join(f"'{word}'" for word in words)
