"""YAML of rules files as a tree in which every value knows its place, read with Falco's notion of types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from tracer.plugins.rules.context import Context, Item, Position
from tracer.plugins.rules.messages import ErrorCode
from tracer.plugins.rules.result import LoadError

if TYPE_CHECKING:
    from collections.abc import Sequence

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
"""What stands for nothing where it is not quoted."""
TRUE_WORDS = frozenset({"y", "yes", "true", "on"})
FALSE_WORDS = frozenset({"n", "no", "false", "off"})


class ScalarNode(NamedTuple):
    """One value, as it is written."""

    text: str
    is_quoted: bool
    position: Position


class NullNode(NamedTuple):
    """Nothing."""

    position: Position


class SequenceNode(NamedTuple):
    """Values one after the other."""

    items: tuple[Any, ...]
    position: Position


class MappingNode(NamedTuple):
    """Values with keys."""

    entries: tuple[tuple[Any, Any], ...]
    position: Position

    def get(self, key: str) -> Node | None:
        """The value of a key, None if there is none."""
        for name, value in self.entries:
            if isinstance(name, ScalarNode) and name.text == key:
                found: Node = value
                return found
        return None

    def text_keys(self) -> Iterator[ScalarNode]:
        """The keys that are texts."""
        return (name for name, _ in self.entries if isinstance(name, ScalarNode))


Node = ScalarNode | NullNode | SequenceNode | MappingNode


class YamlError(Exception):
    """A text that is no YAML."""

    def __init__(self, message: str, position: Position) -> None:
        super().__init__(message)
        self.position = position


def parse_documents(text: str) -> list[Node]:
    """The documents of a text. Raises YamlError."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # What is read is only looked at, never made into objects.
        return [_node(document, {}) for document in yaml.compose_all(text, Loader=loader) if document is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Position(mark.index, mark.line, mark.column) if mark else Position()
        problem = " ".join(filter(None, (error.context, error.problem)))
        raise YamlError(f"error at line {place.line + 1}, column {place.column + 1}: {problem}", place) from None
    except yaml.YAMLError as error:
        raise YamlError(" ".join(str(error).split()), Position()) from None
    except RecursionError:
        raise YamlError("the rules nest too deep", Position()) from None


def _node(node: Any, known: dict[int, Node | None]) -> Node:
    """Ours from PyYAML's; `known`: nodes that anchors name, None while they are being made."""
    mark = node.start_mark
    position = Position(mark.index, mark.line, mark.column)
    if id(node) in known:
        found = known[id(node)]
        if found is None:
            raise YamlError("an alias is part of what it stands for", position)
        return found
    known[id(node)] = None
    made: Node
    if node.id == "scalar":
        is_plain = node.style in (None, "")
        is_null = is_plain and node.value in NULLS
        made = NullNode(position) if is_null else ScalarNode(node.value, not is_plain, position)
    elif node.id == "sequence":
        made = SequenceNode(tuple(_node(item, known) for item in node.value), position)
    else:
        made = MappingNode(tuple((_node(key, known), _node(value, known)) for key, value in node.value), position)
    known[id(node)] = made
    return made


class Fields:
    """The values of a mapping, each checked as it is asked for; what is wrong is said in the mapping's context."""

    def __init__(self, mapping: MappingNode, context: Context) -> None:
        self._mapping = mapping
        self.context = context

    def has(self, key: str) -> bool:
        """Whether the key is there, with or without a value."""
        return self._mapping.get(key) is not None

    def context_of(self, key: str, item: Item, name: str = "") -> Context:
        """The place of a key's value."""
        node = self._mapping.get(key)
        return self.context.inner(item, node.position, name) if node else self.context

    def text(self, key: str) -> str:
        """A text that must be there."""
        node = self._mapping.get(key)
        require(node is not None, f"Item has no mapping for key '{key}'", self.context)
        require(not isinstance(node, NullNode), f"Mapping for key '{key}' is empty", self.context)
        assert node is not None
        place = self.context.inner(Item.VALUE_FOR, node.position, key)
        require(isinstance(node, ScalarNode), "Value is not a scalar value", place)
        assert isinstance(node, ScalarNode)
        require(bool(node.text), "Value must be non-empty", place)
        return node.text

    def flag(self, key: str) -> bool:
        """A truth value that must be there."""
        word = self.text(key)
        folded = word.lower() if word in (word.lower(), word.upper(), word.capitalize()) else ""
        if folded not in TRUE_WORDS | FALSE_WORDS:
            self._refuse(key)
        return folded in TRUE_WORDS

    def optional_flag(self, key: str, default: bool) -> bool:
        """A truth value, `default` where the key is not there."""
        return self.flag(key) if self.has(key) else default

    def number(self, key: str) -> int:
        """A whole number from 0 on that must be there."""
        word = self.text(key)
        number = unsigned(word)
        if number is None:
            self._refuse(key)
        return number

    def _refuse(self, key: str) -> NoReturn:
        context = self.context_of(key, Item.VALUE_FOR, key)
        raise LoadError(ErrorCode.LOAD_ERR_YAML_VALIDATE, "Can't decode YAML scalar value", context)

    def texts(self, key: str, *, optional: bool = False) -> list[str]:
        """A sequence of texts."""
        node = self._mapping.get(key)
        if node is None and optional:
            return []
        require(node is not None, f"Item has no mapping for key '{key}'", self.context)
        assert node is not None
        place = self.context.inner(Item.VALUE_FOR, node.position, key)
        require(isinstance(node, SequenceNode), "Value is not a sequence", place)
        assert isinstance(node, SequenceNode)
        found = []
        for item in node.items:
            where = place.inner(Item.LIST_ITEM, item.position)
            require(isinstance(item, ScalarNode), "sequence value is not scalar", where)
            found.append(item.text)
        return found


def unsigned(word: str) -> int | None:
    """The number from 0 to 2^32 - 1 that a word is, None if it is none."""
    try:
        number = int(word, 0) if word.lower().startswith(("0x", "0o")) else int(word)
    except ValueError:
        return None
    return number if 0 <= number < 1 << 32 else None


def require(condition: bool, message: str, context: Context) -> None:
    """Raises LoadError unless the condition holds."""
    if not condition:
        raise LoadError(ErrorCode.LOAD_ERR_YAML_VALIDATE, message, context)


def sequence_items(node: Node, message: str, context: Context) -> Sequence[Any]:
    """The items of what must be a sequence."""
    require(isinstance(node, SequenceNode), message, context)
    assert isinstance(node, SequenceNode)
    return node.items
