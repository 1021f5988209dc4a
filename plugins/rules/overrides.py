"""The key `override`: which parts of an item replace those of an earlier one, and which are added to them."""

from __future__ import annotations

from typing import NamedTuple

from tracer.plugins.rules.context import Context, Item
from tracer.plugins.rules.document import MappingNode, ScalarNode, require


class Overrides(NamedTuple):
    """Keys, by what becomes of their values."""

    append: frozenset[str]
    replace: frozenset[str]

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.append or self.replace)


def read_overrides(
    item: MappingNode, parent: Context, appendable: frozenset[str], replaceable: frozenset[str]
) -> Overrides:
    """The overrides of an item. Raises LoadError."""
    node = item.get("override")
    if not isinstance(node, MappingNode):
        return Overrides(frozenset(), frozenset())
    context = parent.inner(Item.OVERRIDE, item.position)
    chosen: dict[str, set[str]] = {"append": set(), "replace": set()}
    for name, value in node.entries:
        require(isinstance(name, ScalarNode) and isinstance(value, ScalarNode), "Value is not a scalar value", context)
        key, operation = name.text, value.text
        place = context.inner(Item.OVERRIDE, name.position, key)
        if operation == "append":
            require(key in appendable, f"Key '{key}' cannot be appended to, use 'replace' instead", place)
        elif operation == "replace":
            require(key in replaceable, f"Key '{key}' cannot be replaced", place)
        else:
            allowed = [f"{word} " for word, keys in (("append", appendable), ("replace", replaceable)) if key in keys]
            message = f"Invalid override operation for key '{key}': '{operation}'. Allowed values are: "
            place = context.inner(Item.VALUE_FOR, value.position, key)
            require(False, message + "".join(allowed), place)
        chosen[operation].add(key)
    return Overrides(frozenset(chosen["append"]), frozenset(chosen["replace"]))
