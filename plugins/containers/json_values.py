"""Values of JSON objects that others made: what is missing, or of another kind, is empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def mapping(of: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """An object, by the keys that lead to it."""
    for key in keys:
        value = of.get(key)
        of = value if isinstance(value, Mapping) else {}
    return of


def sequence(of: Mapping[str, Any], key: str) -> Sequence[Any]:
    """An array."""
    value = of.get(key)
    return value if isinstance(value, list) else []


def texts(of: Mapping[str, Any], key: str) -> list[str]:
    """The texts in an array."""
    return [text for text in sequence(of, key) if isinstance(text, str)]


def text(of: Mapping[str, Any], key: str) -> str:
    """A text."""
    value = of.get(key)
    return value if isinstance(value, str) else ""


def number(of: Mapping[str, Any], key: str) -> int:
    """A whole number."""
    value = of.get(key)
    return value if isinstance(value, int) else 0
