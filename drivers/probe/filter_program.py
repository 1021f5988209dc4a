"""A plan's predicate in the form that filter.h evaluates: a list of tests, each of which leads to another."""

from __future__ import annotations

from collections.abc import Iterable

from tracer.core.predicate import All, Any, Formula, Test
from tracer.drivers.probe.layout import (
    FILTER_RECORD,
    FILTER_SKIP,
    FILTER_STEPS_MAX,
    FILTER_TESTS_MAX,
    OPERANDS,
    VERDICT_RECORD,
    VERDICT_SKIP,
    VERDICT_TESTS,
    FilterTest,
)

WORD_BITS = 64
WORD_BYTES = 8
WORD_MASK = (1 << WORD_BITS) - 1


class FilterProgram:
    """Tests for the formulas of a predicate. What there is no room for is recorded."""

    def __init__(self, without: Iterable[str] = ()) -> None:
        """`without`: operands that the kernel does not know under this plan."""
        self.tests: list[FilterTest] = []
        self._without = frozenset(without)
        self._verdicts: dict[Formula, int] = {}

    def verdict(self, formula: Formula) -> int:
        """The `enum call_verdict` of calls with this formula, or the number of its first test."""
        if formula not in self._verdicts:
            self._verdicts[formula] = self._new_verdict(formula)
        return self._verdicts[formula]

    def _new_verdict(self, formula: Formula) -> int:
        before = len(self.tests)
        first = self._add(formula, FILTER_RECORD, FILTER_SKIP)
        if len(self.tests) > FILTER_TESTS_MAX or len(self.tests) - before > FILTER_STEPS_MAX:
            del self.tests[before:]
            return VERDICT_RECORD
        return {FILTER_RECORD: VERDICT_RECORD, FILTER_SKIP: VERDICT_SKIP}.get(first, first + VERDICT_TESTS)

    def _add(self, formula: Formula, if_true: int, if_false: int) -> int:
        """Adds the tests of a formula; where it begins. What follows is added before what leads to it."""
        if isinstance(formula, Test):
            if formula.operand in self._without:
                return if_true
            self.tests.append(_encoded(formula, if_true, if_false))
            return len(self.tests) - 1
        if isinstance(formula, All):
            for item in reversed(formula.items):
                if_true = self._add(item, if_true, if_false)
            return if_true
        if isinstance(formula, Any):
            for item in reversed(formula.items):
                if_false = self._add(item, if_true, if_false)
            return if_false
        return if_true if formula else if_false


def _encoded(test: Test, if_true: int, if_false: int) -> FilterTest:
    encoded = FilterTest()
    encoded.operand = OPERANDS.index(test.operand)
    encoded.is_negated = test.negated
    encoded.argument = test.argument
    encoded.unused_bits = WORD_BITS - test.bits
    encoded.is_signed = test.is_signed
    encoded.offset = test.offset
    encoded.next[:] = [if_false, if_true]
    if isinstance(test.value, bytes):
        words = test.value[:WORD_BYTES], test.value[WORD_BYTES:]
        encoded.unused_bytes[:] = [WORD_BYTES - len(word) for word in words]
        encoded.value[:] = [int.from_bytes(word, "little") for word in words]
    else:
        least, greatest = test.value
        encoded.value[:] = [least & WORD_MASK, greatest - least]
    return encoded
