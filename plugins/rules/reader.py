"""From a rules file to definitions: what may stand in it, and what each part is."""

from __future__ import annotations

from typing import Any

from tracer.plugins.rules import messages
from tracer.plugins.rules.collector import Collector
from tracer.plugins.rules.condition_grammar import BARE, IDENTIFIER
from tracer.plugins.rules.context import Context, Item
from tracer.plugins.rules.definitions import ListInfo, MacroInfo
from tracer.plugins.rules.document import (
    Fields,
    MappingNode,
    NullNode,
    ScalarNode,
    YamlError,
    parse_documents,
    require,
    sequence_items,
    unsigned,
)
from tracer.plugins.rules.messages import ErrorCode, WarningCode
from tracer.plugins.rules.overrides import read_overrides
from tracer.plugins.rules.result import LoadError, LoadResult
from tracer.plugins.rules.rule_reader import read_rule
from tracer.plugins.rules.schema import validate
from tracer.plugins.rules.versions import PluginRequirement, Version

LIST_KEYS = frozenset({"list", "items", "append", "override"})
MACRO_KEYS = frozenset({"macro", "condition", "append", "override"})

# As Falco shows them in its messages.
_LIST_NAME = "([^()\"'[:space:]=,]+)"
_MACRO_NAME = "([a-zA-Z]+[a-zA-Z0-9_]*)"


def read_rules(text: str, collector: Collector, result: LoadResult) -> None:
    """Adds what a file defines to `collector`, and what is wrong with it to `result`; stops at the first error."""
    context = Context.of_file(result.name)
    try:
        documents = parse_documents(text)
    except YamlError as error:
        place = context.inner(Item.VALUE_FOR, error.position)
        result.errors.append(LoadError(ErrorCode.LOAD_ERR_YAML_PARSE, str(error), place))
        return
    result.schema_warnings = validate(documents)
    try:
        for document in documents:
            if isinstance(document, NullNode):
                continue
            require(not isinstance(document, ScalarNode), "Rules content is not yaml", context)
            message = "Rules content is not yaml array of objects"
            for item in sequence_items(document, message, context):
                if not isinstance(item, NullNode):
                    _read_item(item, collector, result, context)
    except LoadError as error:
        result.errors.append(error)


def warn_of_unknown_keys(mapping: MappingNode, known: frozenset[str], result: LoadResult, context: Context) -> None:
    """Warns of keys that an item does not have."""
    for key in mapping.text_keys():
        if key.text not in known:
            message = f"Unknown key '{key.text}'. The key will be ignored."
            result.warn(WarningCode.LOAD_UNKNOWN_KEY, message, context)


def _read_item(item: Any, collector: Collector, result: LoadResult, parent: Context) -> None:
    place = parent.inner(Item.RULES_CONTENT_ITEM, item.position)
    message = "Unexpected element type. Each element should be a yaml associative array."
    require(isinstance(item, MappingNode), message, place)
    for key, read in _READERS.items():
        if item.get(key) is not None:
            read(item, collector, result, parent)
            return
    result.warn(WarningCode.LOAD_UNKNOWN_ITEM, "Unknown top level item", place)


def _read_engine_version(item: MappingNode, collector: Collector, result: LoadResult, parent: Context) -> None:
    context = parent.inner(Item.REQUIRED_ENGINE_VERSION, item.position)
    text = Fields(item, context).text("required_engine_version")
    number = unsigned(text)
    # Versions were single numbers once.
    version = Version.parse(text) if number is None else Version(0, number, 0)
    require(
        version is not None,
        f"Unable to parse engine version '{text}' as a semver string. Expected \"x.y.z\" semver format.",
        context,
    )
    assert version is not None
    collector.require_engine(version, context)
    warn_of_unknown_keys(item, frozenset({"required_engine_version"}), result, context)


def _read_plugin_versions(item: MappingNode, collector: Collector, result: LoadResult, parent: Context) -> None:
    node = item.get("required_plugin_versions")
    assert node is not None
    context = parent.inner(Item.REQUIRED_PLUGIN_VERSIONS, node.position)
    for plugin in sequence_items(node, "Value of required_plugin_versions must be a sequence", context):
        place = Item.REQUIRED_PLUGIN_VERSIONS_ENTRY
        first, plugin_context = _read_requirement(plugin, place, "Plugin version must be a mapping", context)
        alternatives = [first]
        others = plugin.get("alternatives")
        if others is not None:
            message = "Value of plugin version alternatives must be a sequence"
            for other in sequence_items(others, message, plugin_context):
                place = Item.REQUIRED_PLUGIN_VERSIONS_ALTERNATIVE
                message = "Plugin version alternative must be a mapping"
                alternatives.append(_read_requirement(other, place, message, plugin_context)[0])
        collector.require_plugin(alternatives, plugin_context)
    context = parent.inner(Item.REQUIRED_PLUGIN_VERSIONS, item.position)
    warn_of_unknown_keys(item, frozenset({"required_plugin_versions"}), result, context)


def _read_requirement(node: Any, item: Item, message: str, parent: Context) -> tuple[PluginRequirement, Context]:
    place = parent.inner(item, node.position)
    require(isinstance(node, MappingNode), message, place)
    name = Fields(node, place).text("name")
    context = parent.inner(item, node.position, name)
    return PluginRequirement(name, Fields(node, context).text("version")), context


def _read_list(item: MappingNode, collector: Collector, result: LoadResult, parent: Context) -> None:
    name = Fields(item, parent.inner(Item.LIST, item.position)).text("list")
    context = parent.inner(Item.LIST, item.position, name)
    fields = Fields(item, context)
    if not BARE.fullmatch(name):
        message = f"List has an invalid name. List names should match a regular expression: {_LIST_NAME}"
        result.warn(WarningCode.LOAD_INVALID_LIST_NAME, message, context)
    info = ListInfo(name, context, fields.texts("items"))
    if _appends(item, fields, "items", result):
        collector.append_list(info)
    else:
        collector.define_list(info)
    warn_of_unknown_keys(item, LIST_KEYS, result, context)


def _read_macro(item: MappingNode, collector: Collector, result: LoadResult, parent: Context) -> None:
    name = Fields(item, parent.inner(Item.MACRO, item.position)).text("macro")
    context = parent.inner(Item.MACRO, item.position, name)
    fields = Fields(item, context)
    if not IDENTIFIER.fullmatch(name):
        message = f"Macro has an invalid name. Macro names should match a regular expression: {_MACRO_NAME}"
        result.warn(WarningCode.LOAD_INVALID_MACRO_NAME, message, context)
    condition = fields.text("condition")
    info = MacroInfo(name, context, condition, fields.context_of("condition", Item.MACRO_CONDITION))
    if _appends(item, fields, "condition", result):
        collector.append_macro(info)
    else:
        collector.define_macro(info)
    warn_of_unknown_keys(item, MACRO_KEYS, result, context)


def _appends(item: MappingNode, fields: Fields, key: str, result: LoadResult) -> bool:
    """Whether an item whose only content has this key adds to an earlier one."""
    append = fields.optional_flag("append", False)
    if append:
        result.warn(WarningCode.LOAD_DEPRECATED_ITEM, messages.APPEND_IS_DEPRECATED, fields.context)
    overrides = read_overrides(item, fields.context, frozenset({key}), frozenset({key}))
    require(not (append and overrides.any), messages.APPEND_AND_OVERRIDE, fields.context)
    return append or key in overrides.append


_READERS = {
    "required_engine_version": _read_engine_version,
    "required_plugin_versions": _read_plugin_versions,
    "list": _read_list,
    "macro": _read_macro,
    "rule": read_rule,
}
"""By the key that says what an item is; the first that is there decides."""
