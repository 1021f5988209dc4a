"""How often rules matched."""

from __future__ import annotations

from collections import Counter

from tracer.plugins.rules.compiler import CompiledRule
from tracer.plugins.rules.definitions import Priority


class Counts:
    """Matches by rule and by priority."""

    def __init__(self) -> None:
        self._rules: Counter[str] = Counter()
        self._priorities: Counter[Priority] = Counter()

    def add(self, rule: CompiledRule) -> None:
        """Counts a match."""
        self._rules[rule.name] += 1
        self._priorities[rule.info.priority] += 1

    def as_text(self, rules: list[str]) -> str:
        """The counts, in the order of `rules`."""
        lines = [f"Events detected: {self._rules.total()}", "Rule counts by severity:"]
        for priority in Priority:
            if self._priorities[priority]:
                name = "INFO" if priority is Priority.INFORMATIONAL else priority.name
                lines.append(f"   {name}: {self._priorities[priority]}")
        lines.append("Triggered rules by rule name:")
        lines += [f"   {name}: {self._rules[name]}" for name in rules if self._rules[name]]
        return "\n".join(lines)
