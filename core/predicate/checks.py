"""One check of a filter as tests that a kernel makes."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from typing import Any as Whatever
from typing import NamedTuple

from tracer.core.predicate.formula import Formula, Test, all_of, any_of, negation
from tracer.core.predicate.operands import (
    MOVED_BYTES,
    RESULT,
    SOCKET_ENDS,
    THREAD_IDS,
    Operand,
    descriptor_in,
    number_in,
    parameter,
    result_of,
    text_in,
)
from tracer.core.schema.tables import EventType

UNKNOWN_NAME = b"<NA>"
UNKNOWN_ID = 0xFFFFFFFF
LONGEST_NAME = 15
TEXT_CHUNK = 16
"""Bytes of a text that one test compares."""
LONGEST_TEXT = 4 * TEXT_CHUNK


class Bounds(NamedTuple):
    """What a kernel knows of a check's outcome for some event."""

    if_true: Formula
    """True wherever the check is."""
    if_false: Formula
    """True wherever the check is not."""


OPEN = Bounds(True, True)
"""Nothing is known."""


def bounds_of(program: tuple[Whatever, ...], words: str, event: EventType, knows_threads: bool) -> Bounds:
    """The bounds of a check, as `tracer.core.filter.compiler` encodes it, for events of a type.

    `knows_threads`: the thread table has the ids that the kernel has.
    """
    _, left, operator, modifier, _, right = program
    if modifier or left[0] != "field" or not isinstance(right, tuple) or (right and isinstance(right[0], str)):
        return OPEN
    try:
        return _bounds(left[1], left[2], _Comparison(operator, right, words), event, knows_threads)
    except LookupError:
        return OPEN


class _Comparison(NamedTuple):
    operator: str
    constants: Sequence[tuple[Whatever, ...]]
    words: str

    def numbers(self) -> list[int]:
        """Raises LookupError if they are none."""
        if any(constant[0] != "number" for constant in self.constants):
            raise LookupError(self.words)
        return [constant[1] for constant in self.constants]

    def texts(self) -> list[bytes]:
        """Raises LookupError if they are none."""
        if any(constant[0] != "text" for constant in self.constants):
            raise LookupError(self.words)
        return [constant[1] for constant in self.constants]

    def of_number(self, operand: Operand) -> Formula:
        """Of a number. Raises LookupError for an operator that a kernel has not."""
        least, greatest = operand.range()
        numbers = self.numbers()
        if not all(least <= number <= greatest for number in numbers):
            raise LookupError(self.words)
        ranges = {
            "=": [(number, number) for number in numbers],
            "in": [(number, number) for number in numbers],
            "!=": [(least, numbers[0] - 1), (numbers[0] + 1, greatest)],
            "<": [(least, numbers[0] - 1)],
            "<=": [(least, numbers[0])],
            ">": [(numbers[0] + 1, greatest)],
            ">=": [(numbers[0], greatest)],
        }
        if self.operator not in ranges:
            raise LookupError(self.operator)
        return any_of(operand.test(first, last, self.words) for first, last in ranges[self.operator] if first <= last)

    def of_text(self, compare: Callable[[bytes, bool], Formula]) -> Formula:
        """Of a text; `compare` makes the test of one constant, whether all of it is to be equal or its beginning."""
        texts = self.texts()
        if self.operator in ("=", "in"):
            return any_of(compare(text, True) for text in texts)
        if self.operator == "!=":
            return negation(compare(texts[0], True))
        if self.operator == "startswith" and texts[0]:
            return compare(texts[0], False)
        raise LookupError(self.operator)


def _bounds(field: str, argument: str | None, check: _Comparison, event: EventType, knows_threads: bool) -> Bounds:
    if field == "thread.tid":
        return _exactly(check.of_number(Operand("tid")))
    if field in THREAD_IDS or field == "proc.name":
        return _of_thread(field, check, knows_threads)
    if field in ("evt.rawres", "evt.failed", "evt.res"):
        return _of_result(field, check, event)
    if field == "fd.num":
        is_number = check.of_number(descriptor_in(event))
        # Whether the event has one depends on how the record is taken.
        return Bounds(is_number, True) if "uses_fd" in event.appended_flags else _exactly(is_number)
    if field in SOCKET_ENDS:
        return _of_ends(field, check, event)
    if MOVED_BYTES.fullmatch(field):
        operand = result_of(event)
        if operand is None or event.is_enter:
            return Bounds(False, True)
        succeeded = RESULT.test(0, RESULT.range()[1], check.words)
        return Bounds(all_of([succeeded, check.of_number(operand)]), True)
    if field in ("evt.rawarg", "fs.path.nameraw"):
        param = parameter(event, argument or "")
        if field == "fs.path.nameraw" or param is None:
            raise LookupError(field)
        if check.constants and check.constants[0][0] == "text":
            return _exactly(check.of_text(_argument_text(text_in(param), check.words)))
        return _exactly(check.of_number(number_in(param)))
    raise LookupError(field)


def _exactly(formula: Formula) -> Bounds:
    return Bounds(formula, negation(formula))


def _of_thread(field: str, check: _Comparison, knows_threads: bool) -> Bounds:
    if not knows_threads:
        raise LookupError(field)
    if field in THREAD_IDS:
        if UNKNOWN_ID in check.numbers():
            raise LookupError(field)
        return _exactly(check.of_number(Operand(THREAD_IDS[field])))

    def compare(text: bytes, whole: bool) -> Formula:
        if len(text) > LONGEST_NAME or UNKNOWN_NAME.startswith(text) or b"\0" in text:
            raise LookupError(field)
        return Test("name", text + b"\0" if whole else text, words=_words(check, text))

    return _exactly(check.of_text(compare))


def _of_result(field: str, check: _Comparison, event: EventType) -> Bounds:
    operand = result_of(event)
    failed = RESULT.test(RESULT.range()[0], -1, "the call fails")
    if field == "evt.failed":
        wanted = {bool(number) for number in check.numbers()}
        if check.operator not in ("=", "!="):
            raise LookupError(check.operator)
        has_failed: Formula = failed if operand else False
        return _exactly(has_failed if wanted == {check.operator == "="} else negation(has_failed))
    if operand is None:
        return Bounds(False, True)
    if field == "evt.rawres":
        return _exactly(check.of_number(operand))
    names = [text.decode(errors="replace") for text in check.texts()]
    if check.operator == "!=" and names == ["SUCCESS"]:
        return _exactly(failed)
    if check.operator not in ("=", "in"):
        raise LookupError(check.operator)
    outcomes = [
        negation(failed)
        if name == "SUCCESS"
        else RESULT.test(-getattr(errno, name), -getattr(errno, name), f"the call fails with {name}")
        if name in _ERROR_NAMES
        else failed
        for name in names
    ]
    met = any_of(outcomes)
    return Bounds(met, failed if names == ["SUCCESS"] else True)


_ERROR_NAMES = frozenset(errno.errorcode.values())


def _of_ends(field: str, check: _Comparison, event: EventType) -> Bounds:
    """A descriptor that is not what the kernel takes it for has no value, and fits nothing."""
    argument = descriptor_in(event).argument
    ends = [Operand(name, argument, is_signed=False) for name in SOCKET_ENDS[field]]
    is_address = field.endswith(("ip", "net"))
    one = _address_test if is_address else _Comparison.of_number
    tests = [one(check, end) for end in ends]
    if check.operator == "!=":
        if field not in ("fd.port", "fd.ip", "fd.net"):
            raise LookupError(field)
        return Bounds(all_of(tests), True)
    if check.operator not in ("=", "in") and is_address:
        raise LookupError(check.operator)
    return Bounds(any_of(tests), True)


def _address_test(check: _Comparison, end: Operand) -> Formula:
    tests: list[Formula] = []
    for kind, address, *length in check.constants:
        if kind not in ("address", "network") or len(address) != 4:
            raise LookupError(check.words)
        first = int.from_bytes(address, "big")
        last = first + (1 << 32 - length[0]) - 1 if length else first
        tests.append(end.test(first, last, check.words))
    return negation(any_of(tests)) if check.operator == "!=" else any_of(tests)


def _argument_text(operand: Operand, words: str) -> Callable[[bytes, bool], Formula]:
    def compare(text: bytes, whole: bool) -> Formula:
        wanted = text + b"\0" if whole else text
        if len(wanted) > LONGEST_TEXT or b"\0" in text or text in (b"<NA>", b"(NULL)"):
            raise LookupError(words)
        pieces = [wanted[start : start + TEXT_CHUNK] for start in range(0, len(wanted), TEXT_CHUNK)]
        return all_of(
            Test("argument text", piece, argument=operand.argument, offset=number * TEXT_CHUNK, words=words)
            for number, piece in enumerate(pieces)
        )

    return compare


def _words(check: _Comparison, text: bytes) -> str:
    return f"proc.name {'startswith' if check.operator == 'startswith' else '='} {text.decode(errors='replace')}"
