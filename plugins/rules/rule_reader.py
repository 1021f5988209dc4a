"""Items that are rules: whole ones, and changes of earlier ones."""

from __future__ import annotations

from tracer.plugins.rules import messages
from tracer.plugins.rules.collector import Collector
from tracer.plugins.rules.context import Context, Item
from tracer.plugins.rules.definitions import (
    SYSCALL_SOURCE,
    ExceptionInfo,
    Priority,
    RuleInfo,
    RuleUpdate,
)
from tracer.plugins.rules.document import Fields, MappingNode, NullNode, ScalarNode, require
from tracer.plugins.rules.exception_reader import read_exceptions
from tracer.plugins.rules.messages import WarningCode
from tracer.plugins.rules.overrides import Overrides, read_overrides
from tracer.plugins.rules.result import LoadResult

APPENDABLE = ("condition", "exceptions", "output", "desc", "tags")
REPLACEABLE = (
    "condition",
    "exceptions",
    "output",
    "desc",
    "tags",
    "priority",
    "capture",
    "capture_duration",
    "enabled",
    "warn_evttypes",
    "skip-if-unknown-filter",
)
RULE_KEYS = frozenset({*REPLACEABLE, "rule", "source", "override", "append"})
"""What a rule may have."""


def read_rule(item: MappingNode, collector: Collector, result: LoadResult, parent: Context) -> None:
    """Defines, changes or enables a rule. Raises LoadError."""
    name = Fields(item, parent.inner(Item.RULE, item.position)).text("rule")
    context = parent.inner(Item.RULE, item.position, name)
    _Reader(name, item, context, collector, result).read()
    for key in item.text_keys():
        if key.text not in RULE_KEYS:
            message = f"Unknown key '{key.text}'. The key will be ignored."
            result.warn(WarningCode.LOAD_UNKNOWN_KEY, message, context)


class _Reader:
    def __init__(
        self, name: str, item: MappingNode, context: Context, collector: Collector, result: LoadResult
    ) -> None:
        self._name = name
        self._item = item
        self._context = context
        self._collector = collector
        self._result = result
        self._fields = Fields(item, context)

    def read(self) -> None:
        appends = self._fields.optional_flag("append", False)
        if appends:
            self._result.warn(WarningCode.LOAD_DEPRECATED_ITEM, messages.APPEND_IS_DEPRECATED, self._context)
        overrides = read_overrides(self._item, self._context, frozenset(APPENDABLE), frozenset(REPLACEABLE))
        require(not (appends and overrides.any), messages.APPEND_AND_OVERRIDE, self._context)
        if overrides.any:
            self._override(overrides)
        elif appends:
            self._append()
        elif any(map(self._fields.has, ("condition", "output", "desc", "priority"))):
            self._define()
        else:
            enabled = self._fields.flag("enabled")
            self._result.warn(WarningCode.LOAD_DEPRECATED_ITEM, messages.ENABLED_IS_DEPRECATED, self._context)
            self._collector.enable_rule(self._name, enabled, self._context)

    def _define(self) -> None:
        fields = self._fields
        condition, output, description = fields.text("condition"), fields.text("output"), fields.text("desc")
        info = RuleInfo(
            name=self._name,
            context=self._context,
            condition=condition,
            condition_context=fields.context_of("condition", Item.RULE_CONDITION),
            output=output.strip(" \t\n\r\f\v"),
            output_context=fields.context_of("output", Item.RULE_OUTPUT),
            description=description,
            priority=self._priority(),
            source=fields.text("source") if fields.has("source") else SYSCALL_SOURCE,
            enabled=fields.optional_flag("enabled", True),
            capture=fields.optional_flag("capture", False),
            capture_duration_ms=fields.number("capture_duration") if fields.has("capture_duration") else 0,
            warn_evttypes=fields.optional_flag("warn_evttypes", True),
            skip_if_unknown_filter=fields.optional_flag("skip-if-unknown-filter", False),
            tags=set(fields.texts("tags", optional=True)),
            exceptions=self._exceptions(append=False),
        )
        self._collector.define_rule(info, self._result)

    def _append(self) -> None:
        fields = self._fields
        update = RuleUpdate(self._name, self._context, self._source())
        if fields.has("condition"):
            update.condition = fields.text("condition")
        if fields.has("exceptions"):
            update.exceptions = self._exceptions(append=True)
        self._collector.append_rule(update)

    def _override(self, overrides: Overrides) -> None:
        expected = [key for key in REPLACEABLE if self._fields.has(key)]
        if overrides.append:
            update = RuleUpdate(self._name, self._context)
            for key in APPENDABLE:
                if self._is_overridden(key, overrides.append, "append", expected):
                    self._set(update, key, append=True)
            self._collector.append_rule(update)
        if overrides.replace:
            update = RuleUpdate(self._name, self._context)
            for key in REPLACEABLE:
                if self._is_overridden(key, overrides.replace, "replace", expected):
                    self._set(update, key, append=False)
            self._collector.replace_in_rule(update)
        for key in sorted(expected):
            message = f"Unexpected key '{key}': no corresponding entry under 'override' is defined."
            require(False, message, self._fields.context_of(key, Item.OVERRIDE, key))

    def _is_overridden(self, key: str, overridden: frozenset[str], kind: str, expected: list[str]) -> bool:
        if key not in overridden:
            return False
        message = f"An {kind} override for '{key}' was specified but '{key}' is not defined"
        require(key in expected, message, self._context)
        expected.remove(key)
        return True

    def _set(self, update: RuleUpdate, key: str, *, append: bool) -> None:
        """Puts the value of a key into an update."""
        fields = self._fields
        if key == "condition":
            update.source = self._source()
            update.condition = fields.text(key)
        elif key == "exceptions":
            update.exceptions = self._exceptions(append=append)
        elif key == "output":
            update.output = fields.text(key)
        elif key == "desc":
            update.description = fields.text(key)
        elif key == "tags":
            update.tags = set(fields.texts(key, optional=True))
        elif key == "priority":
            update.priority = self._priority()
        elif key == "capture_duration":
            update.capture_duration_ms = fields.number(key)
        else:
            setattr(update, key.replace("-", "_"), fields.flag(key))

    def _priority(self) -> Priority:
        priority = Priority.parse(self._fields.text("priority"))
        require(priority is not None, "Invalid priority", self._fields.context_of("priority", Item.RULE_PRIORITY))
        assert priority is not None
        return priority

    def _source(self) -> str:
        """The source that a change names; "" for none."""
        node = self._item.get("source")
        if node is None or isinstance(node, NullNode) or (isinstance(node, ScalarNode) and not node.text):
            return ""
        return self._fields.text("source")

    def _exceptions(self, *, append: bool) -> list[ExceptionInfo]:
        return read_exceptions(self._item.get("exceptions"), self._context, self._result, append=append)
