"""The key `exceptions` of rules."""

from __future__ import annotations

from typing import Any

from tracer.plugins.rules.context import Context, Item
from tracer.plugins.rules.definitions import Entry, ExceptionInfo
from tracer.plugins.rules.document import Fields, MappingNode, Node, NullNode, ScalarNode, SequenceNode, require
from tracer.plugins.rules.document import sequence_items as items_of
from tracer.plugins.rules.messages import WarningCode
from tracer.plugins.rules.result import LoadResult


def read_exceptions(node: Node | None, parent: Context, result: LoadResult, *, append: bool) -> list[ExceptionInfo]:
    """The exceptions of a rule; `append`: of one that adds to an earlier one. Raises LoadError."""
    if node is None or isinstance(node, NullNode):
        return []
    context = parent.inner(Item.EXCEPTIONS, node.position)
    found: list[ExceptionInfo] = []
    for item in items_of(node, "Rule exceptions must be a sequence", context):
        found.append(_read_exception(item, context, parent, found, result, append))
    return found


def _read_exception(
    item: Any, context: Context, parent: Context, others: list[ExceptionInfo], result: LoadResult, append: bool
) -> ExceptionInfo:
    place = context.inner(Item.EXCEPTION, item.position)
    require(isinstance(item, MappingNode), "Rule exception must be a mapping", place)
    name = Fields(item, place).text("name")
    info = ExceptionInfo(name, parent.inner(Item.EXCEPTION, item.position, name))
    for other in others:
        if other.name == name:
            message = f"Multiple definitions of exception '{name}' in the same rule"
            result.warn(WarningCode.LOAD_EXCEPTION_NAME_NOT_UNIQUE, message, info.context)
    info.fields = _read_part(item, "fields", info.context, optional=append)
    info.comps = _read_part(item, "comps", info.context, optional=True)
    values = item.get("values")
    if values is not None:
        values_context = info.context.inner(Item.EXCEPTION_VALUES, values.position)
        for value in items_of(values, "Rule exception values must be a sequence", values_context):
            info.values.append(_entry(value, "", values_context.inner(Item.EXCEPTION_VALUE, value.position)))
    elif append:
        message = "Overriding/appending exception with no values"
        result.warn(WarningCode.LOAD_APPEND_NO_VALUES, message, info.context)
    return info


def _read_part(item: MappingNode, key: str, context: Context, *, optional: bool) -> Entry:
    node = item.get(key)
    if node is None:
        require(optional, f"Item has no mapping for key '{key}'", context)
        return Entry()
    return _entry(node, key, context)


def _entry(node: Node, key: str, parent: Context) -> Entry:
    context = parent.inner(Item.VALUE_FOR, node.position, key)
    if isinstance(node, ScalarNode):
        require(bool(node.text), "Value must be non-empty", context)
        return Entry(node.text)
    if isinstance(node, SequenceNode):
        items = [_entry(item, "", context.inner(Item.EXCEPTION, item.position)) for item in node.items]
        return Entry(items=items, is_list=True)
    return Entry()
