"""The part of a filter that a driver can decide in the kernel, before a call becomes a record.

A predicate never loses an event that the filter lets through: what the kernel cannot know counts as true. The engine
evaluates the whole filter over what is delivered.
"""

from __future__ import annotations

from tracer.core.predicate.formula import All, Any, Formula, Test

__all__ = ["All", "Any", "Formula", "Predicate", "Test"]

from collections.abc import Mapping
from typing import NamedTuple


class Predicate(NamedTuple):
    """For each system call, by name, which of its events a driver may leave out: those for which the formula is false.

    Calls that are not mentioned are all delivered, as far as the plan asks for them.
    """

    exits: Mapping[str, Formula]
    """Of events at the end of a call."""
    enters: Mapping[str, Formula]
    """Of events at its start; false wherever both this one and that of `exits` would be."""
