"""Rules of one or more files, loaded one after the other."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence

from tracer.plugins.rules.collector import Collector
from tracer.plugins.rules.compiler import Compiled, CompiledRule, Compiler
from tracer.plugins.rules.definitions import Priority
from tracer.plugins.rules.extra_output import ExtraOutput
from tracer.plugins.rules.filter_maker import FilterMaker
from tracer.plugins.rules.reader import read_rules
from tracer.plugins.rules.result import LoadResult
from tracer.plugins.rules.versions import missing_plugin


class RuleSet:
    """What the files define together. Later files may change what earlier ones define."""

    def __init__(self, extra_outputs: Sequence[ExtraOutput] = ()) -> None:
        filters = FilterMaker()
        self.collector = Collector(filters.is_field)
        self.compiled = Compiled()
        """As of the last file that could be used."""
        self._compiler = Compiler(filters, extra_outputs)
        self._choices: dict[str, bool] = {}

    def load(self, text: str, name: str) -> LoadResult:
        """Loads a file's text; `name` is what messages call it."""
        result = LoadResult(name)
        read_rules(text, self.collector, result)
        if result.successful:
            compiled = self._compiler.compile(self.collector, result)
            if result.successful:
                self.compiled = compiled
        return result

    def missing_plugin(self) -> str:
        """Which plugin that the rules ask for is missing, in Falco's words; "" for none."""
        return missing_plugin(self.collector.required_plugins)

    def choose(self, enabled: bool, *, name: str = "", substring: str = "", tags: Iterable[str] = ()) -> None:
        """Enables or disables rules by a name, with * for any text; by a part of their names; or by any of some tags.

        Holds for the files that were loaded before.
        """
        wanted = set(tags)
        for rule in self.compiled.rules.values():
            named = fnmatch.fnmatchcase(rule.name, name.replace("[", "[[]").replace("?", "[?]"))
            if (name and named) or (substring and substring in rule.name) or wanted & rule.info.tags:
                self._choices[rule.name] = enabled

    def choose_all(self, enabled: bool) -> None:
        """Enables or disables all rules that were loaded before."""
        self._choices = dict.fromkeys(self.compiled.rules, enabled)

    def enabled_rules(self, least: Priority = Priority.DEBUG) -> list[CompiledRule]:
        """The rules that are enabled and of at least this priority, in order."""
        return [
            rule
            for rule in self.compiled.rules.values()
            if self._choices.get(rule.name, rule.info.enabled) and rule.info.priority <= least
        ]
