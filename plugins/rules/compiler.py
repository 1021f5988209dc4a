"""From definitions to rules that can be run: names resolved, conditions and outputs checked and compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tracer.core.filter.tree import Expression
from tracer.plugins.rules import messages
from tracer.plugins.rules.collector import Collector
from tracer.plugins.rules.condition import Condition
from tracer.plugins.rules.condition_parser import ConditionError, parse_condition
from tracer.plugins.rules.condition_warnings import warn_of_fields, warn_of_values
from tracer.plugins.rules.context import Context
from tracer.plugins.rules.definitions import RuleInfo
from tracer.plugins.rules.event_types import MANY, codes_of
from tracer.plugins.rules.exceptions import condition_with_exceptions
from tracer.plugins.rules.extra_output import ExtraOutput
from tracer.plugins.rules.filter_maker import FilterMaker, UnusableCheck
from tracer.plugins.rules.hosts import look_up_hosts
from tracer.plugins.rules.lists import CompiledList, compile_lists, resolve_lists
from tracer.plugins.rules.macros import CompiledMacro, Resolver
from tracer.plugins.rules.messages import DEPRECATED_FIELDS, ErrorCode, WarningCode
from tracer.plugins.rules.output_format import format_error, is_about_unknown_field
from tracer.plugins.rules.result import LoadError, LoadResult

CONTAINER_INFO = "%container.info"


@dataclass(frozen=True)
class CompiledRule:
    """A rule that can be run."""

    info: RuleInfo
    condition: Condition
    filter: Expression
    output: str
    exception_fields: frozenset[str]
    extra_fields: dict[str, tuple[str, bool]]
    """By name: the format, and whether the value keeps its type."""

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.info.name


@dataclass
class Compiled:
    """All that rules files define."""

    lists: dict[str, CompiledList] = field(default_factory=dict)
    macros: dict[str, CompiledMacro] = field(default_factory=dict)
    rules: dict[str, CompiledRule] = field(default_factory=dict)


class Compiler:
    """Compiles what was collected."""

    def __init__(self, filters: FilterMaker, extra_outputs: Sequence[ExtraOutput] = ()) -> None:
        self._filters = filters
        self._extra_outputs = extra_outputs

    def compile(self, collector: Collector, result: LoadResult) -> Compiled:
        """All that can be compiled, up to the first error; errors and warnings are added to `result`."""
        compiled = Compiled()
        try:
            compiled.lists = compile_lists(collector.lists)
            self._compile_macros(collector, compiled)
            for info in collector.rules.values():
                if not info.unknown_source:
                    self._compile_rule(info, compiled, result)
        except LoadError as error:
            result.errors.append(error)
            return compiled
        for macro in compiled.macros.values():
            if not macro.used:
                context = collector.macros[macro.name].context
                message = "Macro not referred to by any other rule/macro"
                result.warn(WarningCode.LOAD_UNUSED_MACRO, message, context)
        for each in compiled.lists.values():
            if not each.used:
                context = collector.lists[each.name].context
                message = "List not referred to by any other rule/macro"
                result.warn(WarningCode.LOAD_UNUSED_LIST, message, context)
        return compiled

    def _compile_macros(self, collector: Collector, compiled: Compiled) -> None:
        for info in collector.macros.values():
            condition = _parse(info.condition, compiled, info.condition_context)
            compiled.macros[info.name] = CompiledMacro(info.name, condition)
        for info in collector.macros.values():
            visible = {
                name: compiled.macros[name] for name, other in collector.macros.items() if other.index < info.visibility
            }
            macro = compiled.macros[info.name]
            macro.condition = _resolve(macro.condition, info.condition, info.context, visible, compiled)

    def _compile_rule(self, info: RuleInfo, compiled: Compiled, result: LoadResult) -> None:
        text, exception_fields = info.condition, set[str]()
        if info.exceptions:
            text, exception_fields = condition_with_exceptions(text, info.exceptions)
        output, extra_fields = self._output(info, result)
        if output is None:
            return
        condition = _parse(text, compiled, info.condition_context)
        condition = _resolve(condition, text, info.context, compiled.macros, compiled)
        warn_of_fields(condition, text, info.condition_context, result)
        look_up_hosts(condition)
        try:
            filter = self._filters.make(condition)
        except UnusableCheck as error:
            context = info.condition_context.in_condition(text, error.position)
            if info.skip_if_unknown_filter and is_about_unknown_field(str(error)):
                result.warn(WarningCode.LOAD_UNKNOWN_FILTER, str(error), context)
                return
            raise LoadError(ErrorCode.LOAD_ERR_COMPILE_CONDITION, str(error), context) from None
        warn_of_values(condition, text, info.condition_context, result, self._filters.is_field)
        if info.warn_evttypes and len(codes_of(condition)) > MANY:
            result.warn(WarningCode.LOAD_NO_EVTTYPE, messages.TOO_MANY_EVENT_TYPES, info.context)
        compiled.rules[info.name] = CompiledRule(
            info, condition, filter, output, frozenset(exception_fields), extra_fields
        )

    def _output(self, info: RuleInfo, result: LoadResult) -> tuple[str | None, dict[str, tuple[str, bool]]]:
        """The format of the rule's alerts, None where the rule is to be left out; and of its further fields."""
        extras = [extra for extra in self._extra_outputs if extra.is_for(info)]
        output = " ".join([info.output, *(extra.format for extra in extras if extra.format)])
        if CONTAINER_INFO in output:
            result.warn(WarningCode.LOAD_DEPRECATED_ITEM, messages.CONTAINER_INFO_IS_DEPRECATED, info.context)
            output = output.replace(CONTAINER_INFO, "")
        fields = {name: value for extra in extras for name, value in extra.fields.items()}
        for text in (output, *(text for text, _ in fields.values())):
            error = format_error(text)
            if error and text is output and info.skip_if_unknown_filter and is_about_unknown_field(error):
                result.warn(WarningCode.LOAD_UNKNOWN_FILTER, error, info.output_context)
                return None, {}
            if error:
                raise LoadError(ErrorCode.LOAD_ERR_COMPILE_OUTPUT, error, info.output_context)
            _warn_of_deprecated_fields(text, info.output_context, result)
        return output, fields


def _warn_of_deprecated_fields(text: str, context: Context, result: LoadResult) -> None:
    for name in DEPRECATED_FIELDS:
        if name in text:
            message = f"usage of deprecated field '{name}' has been detected in the rule output"
            result.warn(WarningCode.LOAD_DEPRECATED_ITEM, message, context, name)


def _parse(text: str, compiled: Compiled, context: Context) -> Condition:
    text = resolve_lists(text, compiled.lists.values())
    try:
        return parse_condition(text)
    except ConditionError as error:
        place = context.in_condition(text, error.position)
        raise LoadError(ErrorCode.LOAD_ERR_COMPILE_CONDITION, str(error), place) from None


def _resolve(
    condition: Condition, text: str, context: Context, visible: dict[str, CompiledMacro], compiled: Compiled
) -> Condition:
    resolver = Resolver(visible)
    condition = resolver.resolve(condition)
    problem = resolver.problem()
    if problem:
        message, position = problem
        raise LoadError(ErrorCode.LOAD_ERR_VALIDATE, message, context.in_condition(text, position))
    for name in resolver.resolved:
        compiled.macros[name].used = True
    return condition
