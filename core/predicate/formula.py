"""Tests of what a kernel knows of a call, and how they are put together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias


class Test(NamedTuple):
    """One comparison. Where the kernel cannot tell the operand, a driver counts every test as true."""

    operand: str
    """`result`, `argument`, `argument text` (what it points to), `tid`, `pid`, `ppid`, `uid`, `gid` (effective),
    `name` (of the thread), or of the connected TCP socket that is open under the number in an argument: `local port`,
    `remote port`, `local address`, `remote address` (IPv4). Without such a socket the test is false."""
    value: tuple[int, int] | bytes
    """The least and the greatest number, or what a text begins with: at most 16 bytes."""
    negated: bool = False
    """Whether the test is true where the operand is not so."""
    argument: int = 0
    """Number of the call's argument, from 0."""
    bits: int = 64
    """How many bits of a number count, the lowest."""
    is_signed: bool = True
    offset: int = 0
    """Where in the argument's text the value is compared."""
    words: str = ""
    """What is tested, for people: as the filter says it."""
    opposite: bool = False
    """Whether it is the opposite of that."""


class All(NamedTuple):
    """True where every item is."""

    items: tuple[Formula, ...]


class Any(NamedTuple):
    """True where an item is."""

    items: tuple[Formula, ...]


Formula: TypeAlias = "bool | Test | All | Any"


def all_of(items: Iterable[Formula]) -> Formula:
    """The conjunction, as simple as can be."""
    kept: dict[Formula, None] = {}
    for item in items:
        if item is False:
            return False
        kept |= dict.fromkeys(item.items if isinstance(item, All) else [] if item is True else [item])
    return True if not kept else next(iter(kept)) if len(kept) == 1 else All(tuple(kept))


def any_of(items: Iterable[Formula]) -> Formula:
    """The disjunction, as simple as can be."""
    kept: dict[Formula, None] = {}
    for item in items:
        if item is True:
            return True
        kept |= dict.fromkeys(item.items if isinstance(item, Any) else [] if item is False else [item])
    return False if not kept else next(iter(kept)) if len(kept) == 1 else Any(tuple(kept))


AT_THE_END = ("result", "argument text")
"""Operands that are not known, or may be other ones, when a call begins."""


def at_start(formula: Formula) -> Formula:
    """What must be true at the start of a call for the formula to be true at its end."""
    if isinstance(formula, Test):
        return formula.operand in AT_THE_END or formula
    if isinstance(formula, All):
        return all_of(map(at_start, formula.items))
    if isinstance(formula, Any):
        return any_of(map(at_start, formula.items))
    return formula


def negation(formula: Formula) -> Formula:
    """True where the formula is not."""
    if isinstance(formula, Test):
        return formula._replace(negated=not formula.negated, opposite=not formula.opposite)
    if isinstance(formula, All):
        return any_of(map(negation, formula.items))
    if isinstance(formula, Any):
        return all_of(map(negation, formula.items))
    return not formula


def in_words(formula: Formula) -> str:
    """The formula, for people."""
    if isinstance(formula, Test):
        return f"not {formula.words}" if formula.opposite else formula.words
    if isinstance(formula, bool):
        return "always" if formula else "never"
    # A check may take several tests.
    parts = dict.fromkeys(
        f"({in_words(item)})" if isinstance(formula, All) and isinstance(item, Any) else in_words(item)
        for item in formula.items
    )
    return (" and " if isinstance(formula, All) else " or ").join(parts)
