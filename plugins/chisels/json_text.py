"""JSON in the layout of sysdig's chisels: objects one member a line, lists in one line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tracer.plugins.chisels.text import number

INDENT = "  "


def encode(value: Any, level: int = 0) -> str:
    """The text of a mapping, sequence, text, number or None; `level` is how deep it stands."""
    if isinstance(value, Mapping):
        inner = "\n" + INDENT * (level + 1)
        members = f",{inner}".join(f"{_quoted(key)}:{encode(member, level + 1)}" for key, member in value.items())
        return f"{{{inner}{members}\n{INDENT * level}}}" if members else "[]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Sequence):
        return f"[{','.join(encode(one, level + 1) for one in value)}]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return number(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
