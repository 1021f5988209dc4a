"""The shape of rules files by the schema that Falco publishes: which keys there are, and of what type.

What departs from it may be usable all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tracer.plugins.rules.document import FALSE_WORDS, TRUE_WORDS, MappingNode, NullNode, ScalarNode, SequenceNode
from tracer.plugins.rules.result import SCHEMA_OK

Validator = Callable[[Any], list[tuple[str, str]]]
"""Of a value, what is wrong: path and reason. The path begins with the keys and places below the value."""

_PRIORITIES = frozenset(
    {"EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "INFORMATIONAL", "DEBUG"}
)


def validate(documents: Sequence[Any]) -> list[str]:
    """What is wrong with the shape of the documents, SCHEMA_OK alone for nothing."""
    failures = [failure for document in documents for failure in _RULES(document)]
    if not failures:
        return [SCHEMA_OK]
    return [f"failed for <root>{path}: {reason}" for path, reason in failures]


def _fails(reason: str) -> list[tuple[str, str]]:
    return [("", reason)]


def _text(node: Any) -> list[tuple[str, str]]:
    return [] if isinstance(node, ScalarNode) else _fails("Value type not permitted by 'type' constraint.")


def _flag(node: Any) -> list[tuple[str, str]]:
    fits = isinstance(node, ScalarNode) and node.text.lower() in TRUE_WORDS | FALSE_WORDS
    return [] if fits and not node.is_quoted else _fails("Value type not permitted by 'type' constraint.")


def _number(node: Any) -> list[tuple[str, str]]:
    fits = isinstance(node, ScalarNode) and node.text.lstrip("+-").isdecimal()
    return [] if fits else _fails("Value type not permitted by 'type' constraint.")


def _anything(_: Any) -> list[tuple[str, str]]:
    return []


def _one_of(words: frozenset[str]) -> Validator:
    def check(node: Any) -> list[tuple[str, str]]:
        fits = isinstance(node, ScalarNode) and node.text in words
        return [] if fits else _fails("Failed to match against any enum values.")

    return check


def _sequence(item: Validator) -> Validator:
    def check(node: Any) -> list[tuple[str, str]]:
        if not isinstance(node, SequenceNode):
            return _fails("Value type not permitted by 'type' constraint.")
        return [(f"[{place}]{path}", reason) for place, each in enumerate(node.items) for path, reason in item(each)]

    return check


def _mapping(keys: dict[str, Validator], required: tuple[str, ...] = ()) -> Validator:
    def check(node: Any) -> list[tuple[str, str]]:
        if not isinstance(node, MappingNode):
            return _fails("Value type not permitted by 'type' constraint.")
        failures = []
        for key, value in node.entries:
            name = getattr(key, "text", "")
            if name in keys:
                failures += [(f"[{name}]{path}", reason) for path, reason in keys[name](value)]
            else:
                failures += _fails(
                    f"Object contains a property that could not be validated using 'properties' or "
                    f"'additionalProperties' constraints: '{name}'."
                )
        failures += [("", f"Missing required property '{name}'.") for name in required if node.get(name) is None]
        return failures

    return check


_OVERRIDDEN = _one_of(frozenset({"append", "replace"}))
_ALTERNATIVE = {"name": _text, "version": _text}
_RULES_ITEM = _mapping(
    {
        "required_engine_version": _text,
        "required_plugin_versions": _sequence(
            _mapping(
                {**_ALTERNATIVE, "alternatives": _sequence(_mapping({**_ALTERNATIVE}, ("name", "version")))},
                ("name", "version"),
            )
        ),
        "macro": _text,
        "condition": _text,
        "list": _text,
        "items": _sequence(_text),
        "rule": _text,
        "desc": _text,
        "enabled": _flag,
        "output": _text,
        "append": _flag,
        "priority": _one_of(_PRIORITIES),
        "capture": _flag,
        "capture_duration": _number,
        "source": _text,
        "exceptions": _sequence(
            _mapping({"name": _text, "fields": _anything, "comps": _anything, "values": _anything}, ("name",))
        ),
        "override": _mapping(
            {
                key: _OVERRIDDEN
                for key in (
                    "items",
                    "desc",
                    "condition",
                    "output",
                    "priority",
                    "enabled",
                    "exceptions",
                    "capture",
                    "capture_duration",
                    "tags",
                    "warn_evttypes",
                    "skip-if-unknown-filter",
                )
            }
        ),
        "tags": _sequence(_text),
        "warn_evttypes": _flag,
        "skip-if-unknown-filter": _flag,
    }
)


def _RULES(document: Any) -> list[tuple[str, str]]:
    return [] if isinstance(document, NullNode) else _sequence(_RULES_ITEM)(document)
