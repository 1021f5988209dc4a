"""Where in the rules something stands: the chain of places that a message shows, and the text around the last."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

SNIPPET_WIDTH = 160
"""Characters of a line that are shown, at most."""


class Item(Enum):
    """What stands in a place."""

    VALUE_FOR = "value for"
    EXCEPTIONS = "exceptions"
    EXCEPTION = "exception"
    EXCEPTION_VALUES = "exception values"
    EXCEPTION_VALUE = "exception value"
    RULES_CONTENT = "rules content"
    RULES_CONTENT_ITEM = "rules content item"
    REQUIRED_ENGINE_VERSION = "required_engine_version"
    REQUIRED_PLUGIN_VERSIONS = "required plugin versions"
    REQUIRED_PLUGIN_VERSIONS_ENTRY = "required plugin versions entry"
    REQUIRED_PLUGIN_VERSIONS_ALTERNATIVE = "required plugin versions alternative"
    LIST = "list"
    LIST_ITEM = "list item"
    MACRO = "macro"
    MACRO_CONDITION = "macro condition"
    RULE = "rule"
    RULE_CONDITION = "rule condition"
    CONDITION_EXPRESSION = "condition expression"
    RULE_OUTPUT = "rule output"
    RULE_PRIORITY = "rule priority"
    OVERRIDE = "overrides"


class Position(NamedTuple):
    """A place in a text. Lines and columns count from 0 in YAML and from 1 in conditions, as Falco has it."""

    offset: int = 0
    """Characters before it."""
    line: int = 0
    column: int = 0


class Location(NamedTuple):
    """One link of the chain."""

    name: str
    """The file, or the beginning of the condition."""
    position: Position
    item: Item
    item_name: str


class Context(NamedTuple):
    """Places from the whole file down to the one that is meant."""

    locations: tuple[Location, ...]
    content: str = ""
    """The text that the last place is in; "" for the file of its name."""

    @classmethod
    def of_file(cls, name: str) -> Context:
        """The whole of a file."""
        return cls((Location(name, Position(), Item.RULES_CONTENT, ""),))

    @property
    def name(self) -> str:
        """The file."""
        return self.locations[0].name

    def inner(self, item: Item, position: Position, item_name: str = "") -> Context:
        """A place within this one."""
        return Context((*self.locations, Location(self.name, position, item, item_name)))

    def in_condition(self, condition: str, position: Position | None = None) -> Context:
        """A place in a condition, whose own place this is; None for the condition as a whole."""
        beginning = f'"{condition[:17]}..."' if len(condition) > 20 else f'"{condition}"'
        outer = self.locations[-1].position
        absolute = Position(*(here + there for here, there in zip(position or Position(), outer, strict=True)))
        name = beginning.replace("\n", " ").replace("\r", " ")
        location = Location(name, absolute, Item.CONDITION_EXPRESSION, "")
        return Context((*self.locations, location), condition)

    def as_text(self) -> str:
        """A line for each place."""
        lines = []
        for number, (name, position, item, item_name) in enumerate(self.locations):
            indent = "    " if number else "In "
            named = f" '{item_name}'" if item_name else ""
            lines.append(f"{indent}{item.value}{named}: ({name}:{position.line}:{position.column})\n")
        return "".join(lines)

    def as_json(self, contents: Mapping[str, str]) -> dict[str, object]:
        """The places and the snippet, for JSON."""
        locations = [
            {
                "item_type": item.value,
                "item_name": item_name,
                "position": {
                    "name": name,
                    "line": position.line,
                    "column": position.column,
                    "offset": position.offset,
                },
            }
            for name, position, item, item_name in self.locations
        ]
        return {"locations": locations, "snippet": self.snippet(contents)}

    def snippet(self, contents: Mapping[str, str]) -> str:
        """The line of the last place, with a mark under it. `contents`: the text of each file."""
        name, position, _, _ = self.locations[-1]
        if not self.content and name not in contents:
            return f"<No context for file + {name}>\n"
        content = self.content or contents[name]
        if not content:
            return "<No context available>\n"
        return _marked_line(content, position.offset)


def _marked_line(content: str, at: int) -> str:
    half = SNIPPET_WIDTH // 2
    while at > 0 and (at >= len(content) or content[at] == "\n"):
        at -= 1
    start = at
    while start > 0 and content[start] != "\n" and at - start < half:
        start -= 1
    end = at
    while end < len(content) - 1 and content[end] != "\n" and end - at < half:
        end += 1
    start += content[start] == "\n"
    end -= content[end] == "\n"
    line = content[start : end + 1]
    if not line:
        return "<No context available>\n"
    if at - start >= half:
        line = "..." + line[3:]
    if end - at >= half:
        line = line[:-3] + "..."
    mark = " " * (at - start) + "^\n" if at - start <= len(line) else ""
    return f"{line}\n{mark}"
