"""Lists, and the conditions that name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tracer.plugins.rules.definitions import ListInfo
from tracer.plugins.rules.exceptions import BLANKS, quoted

_DELIMITERS = frozenset(BLANKS + "(),=")


@dataclass
class CompiledList:
    """A list without names of other lists in it."""

    name: str
    items: list[str]
    used: bool = False


def compile_lists(lists: Mapping[str, ListInfo]) -> dict[str, CompiledList]:
    """The lists with the items of those that they name, as far as these were defined before their last change."""
    compiled: dict[str, CompiledList] = {}
    used: set[str] = set()
    for info in lists.values():
        items: list[str] = []
        for item in info.items:
            other = lists.get(item)
            if other is not None and other.index < info.visibility:
                used.add(item)
                items += other.items
            else:
                items.append(item)
        compiled[info.name] = CompiledList(info.name, items)
    for name in used:
        compiled[name].used = True
    return compiled


def resolve_lists(condition: str, lists: Iterable[CompiledList]) -> str:
    """The condition with the items of lists in the places of their names."""
    for each in lists:
        if each.name in condition:
            condition = _resolve(condition, each)
    return condition


def _resolve(condition: str, found: CompiledList) -> str:
    items = ", ".join(map(quoted, found.items))
    start = condition.find(found.name)
    while start >= 0:
        end = start + len(found.name)
        before, after = condition[start - 1 : start], condition[end : end + 1]
        if (not before or before in _DELIMITERS) and (not after or after in _DELIMITERS):
            while start > 0 and condition[start - 1] in BLANKS:
                start -= 1
            while end < len(condition) and condition[end] in BLANKS:
                end += 1
            if not items:
                # Of an empty list, one of the commas around it goes too.
                if start > 0 and condition[start - 1] == ",":
                    start -= 1
                elif end < len(condition) and condition[end] == ",":
                    end += 1
            condition = (condition[:start] + " " if start else "") + items + " " + condition[end:]
            start += len(items) + 1
            found.used = True
        start = condition.find(found.name, start + 1)
    return condition
