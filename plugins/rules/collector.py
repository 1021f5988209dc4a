"""Definitions of all files put together: later ones redefine, extend or change earlier ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tracer.plugins.rules import messages
from tracer.plugins.rules.context import Context
from tracer.plugins.rules.definitions import (
    SYSCALL_SOURCE,
    ExceptionInfo,
    ListInfo,
    MacroInfo,
    RuleInfo,
    RuleUpdate,
)
from tracer.plugins.rules.exceptions import validate_exception
from tracer.plugins.rules.messages import ErrorCode, WarningCode
from tracer.plugins.rules.result import LoadError, LoadResult
from tracer.plugins.rules.versions import ENGINE_VERSION, PluginRequirement, Version

Named = TypeVar("Named", ListInfo, MacroInfo)


class Collector:
    """The definitions, by name, in the order in which each was first made."""

    def __init__(self, is_field: Callable[[str], bool]) -> None:
        """`is_field`: whether a text is a field, or a function of one, that conditions may use."""
        self.lists: dict[str, ListInfo] = {}
        self.macros: dict[str, MacroInfo] = {}
        self.rules: dict[str, RuleInfo] = {}
        self.required_plugins: list[list[PluginRequirement]] = []
        """Of each requirement, the alternatives."""
        self.required_engine_version = Version(0, 0, 0)
        """The greatest that any file asks for."""
        self._is_field = is_field
        self._index = 0

    def require_engine(self, version: Version, context: Context) -> None:
        """Raises LoadError if the rules are for another engine."""
        _require(
            ENGINE_VERSION.serves(version),
            f"Rules require engine version {version}, but engine version is {ENGINE_VERSION}",
            context,
        )
        self.required_engine_version = max(self.required_engine_version, version)

    def require_plugin(self, alternatives: list[PluginRequirement], context: Context) -> None:
        """Notes a requirement. Raises LoadError if it makes no sense."""
        names: set[str] = set()
        for name, version in alternatives:
            _require(
                Version.parse(version) is not None,
                f"Invalid required version '{version}' for plugin '{name}'",
                context,
            )
            _require(
                name not in names,
                f"Defined multiple alternative version requirements for plugin '{name}'",
                context,
            )
            names.add(name)
        self.required_plugins.append(alternatives)

    def define_list(self, info: ListInfo) -> None:
        """Defines a list, or defines it anew."""
        self._define(self.lists, info)

    def append_list(self, info: ListInfo) -> None:
        """Adds items to a list."""
        known = self.lists.get(info.name)
        if known is None:
            raise LoadError(ErrorCode.LOAD_ERR_VALIDATE, messages.NO_LIST_TO_APPEND_TO, info.context)
        known.items += info.items
        known.visibility = self._next_index()

    def define_macro(self, info: MacroInfo) -> None:
        """Defines a macro, or defines it anew."""
        self._define(self.macros, info)

    def append_macro(self, info: MacroInfo) -> None:
        """Adds to the condition of a macro."""
        known = self.macros.get(info.name)
        if known is None:
            raise LoadError(ErrorCode.LOAD_ERR_VALIDATE, messages.NO_MACRO_TO_APPEND_TO, info.context)
        known.condition += " " + info.condition
        known.visibility = self._next_index()

    def define_rule(self, info: RuleInfo, result: LoadResult) -> None:
        """Defines a rule, or defines it anew."""
        self._check_source(info.name, info.source, info.context)
        if info.source != SYSCALL_SOURCE:
            info.unknown_source = True
            result.warn(WarningCode.LOAD_UNKNOWN_SOURCE, f"Unknown source {info.source}, skipping", info.context)
        for exception in info.exceptions:
            _require(
                exception.fields.is_given,
                "Rule exception item must have fields property with a list of fields",
                exception.context,
            )
            self._validate(exception, info)
        self.rules[info.name] = info
        self._next_index()

    def append_rule(self, update: RuleUpdate) -> None:
        """Adds to parts of a rule."""
        known = self._known_rule(update, messages.NO_RULE_TO_APPEND_TO)
        _require(not update.is_empty, "Appended rule must have exceptions or condition property", update.context)
        known.condition += f" {update.condition}" if update.condition else ""
        known.output += f" {update.output}" if update.output else ""
        known.description += f" {update.description}" if update.description else ""
        known.tags |= update.tags or set()
        for exception in update.exceptions or ():
            self._append_exception(known, exception)
        self._next_index()

    def replace_in_rule(self, update: RuleUpdate) -> None:
        """Replaces parts of a rule."""
        known = self._known_rule(update, messages.NO_RULE_TO_REPLACE)
        _require(not update.is_empty, "The rule must have at least one field that can be replaced", update.context)
        for exception in update.exceptions or ():
            self._validate(exception, known)
        for name, value in vars(update).items():
            if value is not None and name not in ("name", "context", "source"):
                setattr(known, name, value)
        self._next_index()

    def enable_rule(self, name: str, enabled: bool, context: Context) -> None:
        """Enables or disables a rule."""
        known = self.rules.get(name)
        if known is None:
            message = "Rule has 'enabled' key but no rule by that name already exists"
            raise LoadError(ErrorCode.LOAD_ERR_VALIDATE, message, context)
        known.enabled = enabled

    def _define(self, infos: dict[str, Named], info: Named) -> None:
        index = self._next_index()
        known = infos.get(info.name)
        info.index = known.index if known else index
        info.visibility = index
        infos[info.name] = info

    def _next_index(self) -> int:
        self._index += 1
        return self._index - 1

    def _check_source(self, name: str, source: str, context: Context) -> None:
        known = self.rules.get(name)
        same = known is None or not known.source or not source or known.source == source
        _require(same, "Rule has been re-defined with a different source", context)

    def _known_rule(self, update: RuleUpdate, message: str) -> RuleInfo:
        self._check_source(update.name, update.source, update.context)
        known = self.rules.get(update.name)
        if known is None:
            raise LoadError(ErrorCode.LOAD_ERR_VALIDATE, message, update.context)
        return known

    def _append_exception(self, rule: RuleInfo, exception: ExceptionInfo) -> None:
        known = next((each for each in rule.exceptions if each.name == exception.name), None)
        if known is None:
            for part, name in ((exception.fields.is_given, "fields"), (bool(exception.values), "values")):
                message = f"Rule exception must have {name} property with a list of {name}"
                _require(part, message, exception.context)
            self._validate(exception, rule)
            rule.exceptions.append(exception)
            return
        for entry, name in ((exception.fields, "fields"), (exception.comps, "comps")):
            message = f"Can not append exception {name} to existing exception, only values"
            _require(not entry.is_given, message, exception.context)
        known.values += exception.values

    def _validate(self, exception: ExceptionInfo, rule: RuleInfo) -> None:
        # The fields of a source that is not known are not known either.
        validate_exception(exception, None if rule.unknown_source else self._is_field)


def _require(condition: bool, message: str, context: Context) -> None:
    if not condition:
        raise LoadError(ErrorCode.LOAD_ERR_VALIDATE, message, context)
