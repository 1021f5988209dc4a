"""What container events carry of labels and environments, and how they write numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MAX_LABEL_CHARACTERS = 4096
"""Of a label's value: longer ones, such as whole manifests, are left out."""


def shown_labels(labels: Mapping[str, Any]) -> dict[str, str]:
    """Labels as container events carry them."""
    return {
        key: value for key, value in labels.items() if isinstance(value, str) and len(value) <= MAX_LABEL_CHARACTERS
    }


def shown_environment(variables: Iterable[str]) -> list[str]:
    """Of the environment, only what tells of Mesos: the rest may be secret."""
    return [text for text in variables if "MESOS" in text or "MARATHON" in text or "mesos" in text]


def cpu_count(cpus: str) -> int:
    """How many CPUs a list such as ``0-2,5`` has."""
    count = 0
    for part in filter(None, cpus.split(",")):
        first, _, last = part.partition("-")
        count += int(last or first) - int(first) + 1
    return count
