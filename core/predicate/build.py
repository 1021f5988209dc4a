"""From a filter to the predicate of a plan: what is left of the filter for each system call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any as Whatever
from typing import NamedTuple

from tracer.core._engine import Filter
from tracer.core.filter.compiler import encode_filter
from tracer.core.filter.registry import EngineRegistry
from tracer.core.filter.tree import And, Call, Check, Expression, FieldName, Literal, Not, Operand, Or
from tracer.core.predicate import Predicate
from tracer.core.predicate.checks import OPEN, Bounds, bounds_of
from tracer.core.predicate.formula import Formula, all_of, any_of, at_start
from tracer.core.predicate.operands import RESULT
from tracer.core.schema.tables import EVENT_TYPE_BY_ENUM, SYSCALL_IDS, SYSCALLS, EventType

LAST_CALLS = frozenset({"exit", "exit_group"})
"""They have no exit event; the end of the thread tells of them."""

HARMLESS_FAILURES = frozenset(
    {
        "open", "openat", "openat2", "creat", "accept", "accept4", "recv", "recvfrom", "recvmsg", "send", "sendto",
        "sendmsg", "ioctl", "fcntl", "chdir", "execve",
    }
)  # fmt: skip
"""Calls that change state only where they succeed."""

SUCCEEDS = RESULT.test(0, RESULT.range()[1], "the call succeeds")


class Outcome(NamedTuple):
    """A predicate, and what of the filter is not in it."""

    predicate: Predicate
    undecided: tuple[str, ...]
    """Checks, as the filter has them, that the kernel cannot make for some call."""


def build_predicate(
    tree: Expression,
    calls: Collection[str],
    state: Collection[str],
    *,
    enter_events: bool,
    failures_count: bool,
    knows_threads: bool,
) -> Outcome:
    """The predicate of a filter, for those of the `calls` that do not change `state`.

    `failures_count`: calls that would change it are needed even if they fail. `knows_threads`: the thread table has the
    ids that the kernel has.
    """
    root = _node(tree, EngineRegistry())
    made: dict[tuple[Whatever, ...], Formula] = {}

    def passes(event: EventType, call: int) -> Formula:
        verdicts = tuple(leaf.verdict(event.code, call) for leaf in root.leaves())
        key = (event.code, verdicts)
        if key not in made:
            made[key] = root.bounds(event, call, knows_threads).if_true
        return made[key]

    exits: dict[str, Formula] = {}
    enters: dict[str, Formula] = {}
    for name, stems in _stems().items():
        if name not in calls or name in LAST_CALLS:
            continue
        changes_state = name in state
        if changes_state and (failures_count or name not in HARMLESS_FAILURES):
            continue
        call = SYSCALL_IDS[name]
        at_end = any_of(passes(EVENT_TYPE_BY_ENUM[f"{stem}_X"], call) for stem in stems)
        exits[name] = any_of([SUCCEEDS, at_end]) if changes_state else at_end
        if enter_events and not changes_state:
            before = [passes(EVENT_TYPE_BY_ENUM[f"{stem}_E"], call) for stem in stems]
            enters[name] = any_of([*before, at_start(at_end)])
    kept = Predicate(_decided(exits), _decided(enters))
    return Outcome(kept, tuple(leaf.words for leaf in root.leaves() if leaf.is_open))


def _decided(formulas: Mapping[str, Formula]) -> dict[str, Formula]:
    return {name: formula for name, formula in formulas.items() if formula is not True}


def _stems() -> dict[str, set[str]]:
    """The events of each call, without their ends; on any architecture."""
    stems: dict[str, set[str]] = {"unknown": {"GENERIC"}}
    for rows in SYSCALLS.values():
        for name, stem in rows.values():
            stems.setdefault(name, set()).add("GENERIC" if stem == "generic" else stem)
    return stems


class _Leaf:
    """One check."""

    def __init__(self, program: tuple[Whatever, ...], words: str) -> None:
        self.words = words
        self.is_open = False
        """Whether of some call nothing is known but here."""
        self._program = program
        self._holds = Filter(program)
        self._fails = Filter(("not", program))
        self._verdicts: dict[tuple[int, int], bool | None] = {}

    def leaves(self) -> Iterator[_Leaf]:
        yield self

    def verdict(self, code: int, call: int) -> bool | None:
        """The outcome for all events of a kind; None where it differs."""
        key = code, call if code < 2 else 0  # only the type of generic events differs by call
        if key not in self._verdicts:
            may_hold, may_fail = self._holds.may_match(code, call), self._fails.may_match(code, call)
            self._verdicts[key] = None if may_hold and may_fail else may_hold
        return self._verdicts[key]

    def bounds(self, event: EventType, call: int, knows_threads: bool) -> Bounds:
        verdict = self.verdict(event.code, call)
        if verdict is not None:
            return Bounds(verdict, not verdict)
        bounds = bounds_of(self._program, self.words, event, knows_threads) if self._program[0] == "check" else OPEN
        self.is_open = self.is_open or bounds == OPEN
        return bounds


class _Junction:
    """`and`, `or`."""

    def __init__(self, items: list[_Node], is_and: bool) -> None:
        self._items = items
        self._join: tuple[Callable[..., Formula], ...] = (all_of, any_of) if is_and else (any_of, all_of)

    def leaves(self) -> Iterator[_Leaf]:
        for item in self._items:
            yield from item.leaves()

    def bounds(self, event: EventType, call: int, knows_threads: bool) -> Bounds:
        bounds = [item.bounds(event, call, knows_threads) for item in self._items]
        join_true, join_false = self._join
        return Bounds(join_true(each.if_true for each in bounds), join_false(each.if_false for each in bounds))


class _Negation:
    def __init__(self, item: _Node) -> None:
        self._item = item

    def leaves(self) -> Iterator[_Leaf]:
        return self._item.leaves()

    def bounds(self, event: EventType, call: int, knows_threads: bool) -> Bounds:
        if_true, if_false = self._item.bounds(event, call, knows_threads)
        return Bounds(if_false, if_true)


_Node = _Leaf | _Junction | _Negation


def _node(tree: Expression, registry: EngineRegistry) -> _Node:
    if isinstance(tree, And | Or):
        return _Junction([_node(item, registry) for item in tree.items], isinstance(tree, And))
    if isinstance(tree, Not):
        return _Negation(_node(tree.item, registry))
    assert isinstance(tree, Check)
    return _Leaf(encode_filter(tree, registry), _in_words(tree))


MOST_VALUES = 5
"""So many values of a check are told."""


def _in_words(check: Check) -> str:
    values = [check.right] if isinstance(check.right, Call) else list(check.right)
    shown = ", ".join(map(_operand_in_words, values[:MOST_VALUES])) + (", ..." if len(values) > MOST_VALUES else "")
    operator = " ".join(filter(None, (check.operator.name, check.operator.modifier)))
    right = f"({shown})" if operator in ("in", "intersects", "pmatch") or len(values) > 1 else shown
    return f"{_operand_in_words(check.left)} {operator} {right}".rstrip()


def _operand_in_words(operand: Operand) -> str:
    if isinstance(operand, FieldName):
        return operand.text
    if isinstance(operand, Literal):
        return operand.text if operand.text.isprintable() and " " not in operand.text else repr(operand.text)
    items = operand.arguments if isinstance(operand, Call) else operand.items
    inside = ", ".join(map(_operand_in_words, items))
    return f"{operand.function}({inside})" if isinstance(operand, Call) else f"({inside})"
