"""What rules, macros and lists are made of, for -L and -l."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from tracer.core.plugin import PluginError
from tracer.core.schema.tables import EVENT_TYPES
from tracer.plugins.rules.compiler import CompiledRule
from tracer.plugins.rules.condition import Check, Condition, Field, Values, as_text, checks, fields, macros
from tracer.plugins.rules.condition_parser import parse_condition
from tracer.plugins.rules.definitions import Entry, ListInfo, MacroInfo
from tracer.plugins.rules.event_types import codes_of
from tracer.plugins.rules.macros import CompiledMacro
from tracer.plugins.rules.output_format import fields_of_format
from tracer.plugins.rules.ruleset import RuleSet

NAME_WIDTH = 50
LINE_WIDTH = 110


def describe(rules: RuleSet, name: str | None = None) -> dict[str, Any]:
    """All that is defined, or the rule of this name, for JSON. Raises PluginError for a rule that is not there."""
    describer = _Describer(rules)
    if name is not None:
        rule = rules.compiled.rules.get(name)
        if rule is None:
            raise PluginError(f'Rule "{name}" is not loaded')
        return {"rules": [describer.rule(rule)]}
    collector, compiled = rules.collector, rules.compiled
    return {
        "required_engine_version": str(collector.required_engine_version),
        "required_plugin_versions": [
            {
                **alternatives[0]._asdict(),
                "alternatives": [alternative._asdict() for alternative in alternatives[1:]],
            }
            for alternatives in collector.required_plugins
        ],
        "rules": [describer.rule(rule) for rule in compiled.rules.values()],
        "macros": [describer.macro(collector.macros[name], macro) for name, macro in compiled.macros.items()],
        "lists": [describer.list(collector.lists[name]) for name in compiled.lists],
    }


def as_table(description: dict[str, Any]) -> str:
    """Names and descriptions of rules in two columns."""
    rows = [("Rule", "Description"), ("----", "-----------")]
    for rule in description["rules"]:
        indent = "\n" + " " * (NAME_WIDTH + 1)
        text = indent.join(textwrap.wrap(rule["info"]["description"], LINE_WIDTH - NAME_WIDTH - 1))
        rows.append((rule["info"]["name"], f"{text}\n"))
    return "".join(f"{name:{NAME_WIDTH}} {text}\n" for name, text in rows)


class _Describer:
    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules

    def rule(self, rule: CompiledRule) -> dict[str, Any]:
        info = rule.info
        output_fields = {*fields_of_format(rule.output), *(text for text, _ in rule.extra_fields.values())}
        details = {
            **self._condition_details(info.condition, rule.condition),
            "output_fields": sorted(output_fields),
            "output_compiled": rule.output,
            "exception_names": sorted({exception.name for exception in info.exceptions}),
            "exception_operators": sorted({word for exception in info.exceptions for word in _words(exception.comps)}),
            "exception_fields": sorted(rule.exception_fields),
            "plugins": [],
        }
        formatted = {name: text for name, (text, keeps_type) in rule.extra_fields.items() if not keeps_type}
        if formatted:
            details["extra_output_formatted_fields"] = formatted
        return {
            "info": {
                "name": rule.name,
                "condition": info.condition,
                "priority": info.priority.title,
                "output": info.output,
                "description": info.description,
                "enabled": info.enabled,
                "source": info.source,
                "capture": info.capture,
                "capture_duration": info.capture_duration_ms,
                "tags": sorted(info.tags),
            },
            "details": details,
        }

    def macro(self, info: MacroInfo, macro: CompiledMacro) -> dict[str, Any]:
        return {
            "info": {"name": info.name, "condition": info.condition},
            "details": {
                "used": macro.used,
                **self._condition_details(info.condition, macro.condition),
                "plugins": [],
            },
        }

    def list(self, info: ListInfo) -> dict[str, Any]:
        compiled = self._rules.compiled.lists[info.name]
        others = {item for item in info.items if item not in compiled.items}
        return {
            "info": {"name": info.name, "items": [item for item in info.items if item not in others]},
            "details": {
                "used": compiled.used,
                "lists": sorted(others),
                "items_compiled": compiled.items,
                "plugins": [],
            },
        }

    def _condition_details(self, text: str, compiled: Condition) -> dict[str, Any]:
        written = parse_condition(text)
        used = list(checks(compiled))
        known_macros, known_lists = self._rules.collector.macros, self._rules.collector.lists
        mentioned = {word for check in checks(written) for word in _constants(check)}
        return {
            "macros": sorted({macro.name for macro in macros(written)} & known_macros.keys()),
            "lists": sorted(mentioned & known_lists.keys()),
            "condition_operators": sorted({check.operator for check in used}),
            "condition_fields": sorted({field for check in used for field in _fields(check)}),
            "condition_compiled": as_text(compiled),
            "events": sorted({EVENT_TYPES[code].name for code in codes_of(compiled)} | {"asyncevent"}),
        }


def _fields(check: Check) -> Iterable[str]:
    every: list[Field] = [*fields(check.left), *fields(check.right)]
    return (field.text for field in every)


def _constants(check: Check) -> tuple[str, ...]:
    return check.right.items if isinstance(check.right, Values) else ()


def _words(entry: Entry) -> Iterable[str]:
    if not entry.is_list:
        return (entry.item,)
    return (word for item in entry.items for word in _words(item))
