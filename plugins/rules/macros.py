"""Macros: their conditions in the places of their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracer.plugins.rules.condition import Check, Condition, Junction, Macro, Not, macros
from tracer.plugins.rules.context import Position


@dataclass
class CompiledMacro:
    """A macro; its condition names no macro once all are resolved."""

    name: str
    condition: Condition
    used: bool = False


class Resolver:
    """Puts the conditions of macros in the places of their names. The same macro gives the same object each time."""

    def __init__(self, visible: Mapping[str, CompiledMacro]) -> None:
        self._visible = visible
        self.loops: list[tuple[str, Position]] = []
        """Macros that are part of themselves."""
        self.unknown: list[tuple[str, Position]] = []
        """Names of no macro."""
        self.resolved: set[str] = set()
        """Names that were found."""

    def resolve(self, condition: Condition, path: tuple[str, ...] = ()) -> Condition:
        """The condition without names, but for those that cannot be resolved."""
        if isinstance(condition, Check):
            return condition
        if isinstance(condition, Macro):
            return self._macro(condition, path)
        if isinstance(condition, Not):
            item = self.resolve(condition.item, path)
            return condition if item is condition.item else Not(item, condition.position)
        items = tuple(self.resolve(item, path) for item in condition.items)
        if all(new is old for new, old in zip(items, condition.items, strict=True)):
            return condition
        return Junction(condition.word, items, condition.position)

    def _macro(self, reference: Macro, path: tuple[str, ...]) -> Condition:
        name = reference.name
        macro = self._visible.get(name)
        if macro is None or name in path:
            if macro is not None:
                self.loops.append((name, reference.position))
            self.unknown.append((name, reference.position))
            return reference
        found = self.resolve(macro.condition, (*path, name))
        self.resolved.add(name)
        return found

    def problem(self) -> tuple[str, Position] | None:
        """The first thing that is wrong, in Falco's words, and its place."""
        if self.loops:
            name, position = self.loops[0]
            return f"reference loop in macro '{name}'", position
        if self.unknown:
            name, position = self.unknown[0]
            return f"Undefined macro '{name}' used in filter.", position
        return None


def has_macros(condition: Condition) -> bool:
    """Whether the condition names a macro."""
    return next(macros(condition), None) is not None
