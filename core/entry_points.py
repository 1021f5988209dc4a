"""Entry points of installed distributions, read from the files that installers leave.

`importlib.metadata` knows them too, but to import it takes longer than everything else that finding plugins takes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol


class Distribution(Protocol):
    """A distribution, as `importlib.metadata.Distribution` has it."""

    @property
    def name(self) -> str:
        """As its author writes it."""

    @property
    def version(self) -> str:
        """Of the distribution."""

    def locate_file(self, path: str) -> object:
        """Where a file of the folder that it is installed in stands."""


class EntryPoint(Protocol):
    """An entry point, as `importlib.metadata.EntryPoint` has it."""

    @property
    def name(self) -> str:
        """As its author calls it."""

    @property
    def module(self) -> str:
        """The module that it names."""

    @property
    def dist(self) -> Distribution | None:
        """Whose it is; None if that is not known."""

    def load(self) -> object:
        """What it stands for: its module is imported."""


class InstalledDistribution(NamedTuple):
    """A distribution that an installer has put into a folder of Python's path."""

    name: str
    version: str
    folder: Path

    def locate_file(self, path: str) -> Path:
        """A file of the folder."""
        return self.folder / path


class InstalledEntryPoint(NamedTuple):
    """An entry point of such a distribution."""

    name: str
    value: str
    """MODULE or MODULE:ATTRIBUTE."""
    dist: InstalledDistribution

    @property
    def module(self) -> str:
        """The module that it names."""
        return self.value.partition(":")[0].strip()

    def load(self) -> object:
        """Its module, or what it names in there. Raises what the import raises."""
        from importlib import import_module

        found: object = import_module(self.module)
        for attribute in filter(None, self.value.partition(":")[2].strip().split(".")):
            found = getattr(found, attribute)
        return found


def installed_entry_points(group: str) -> Iterator[InstalledEntryPoint]:
    """Those of a group, of all distributions; of one that is there twice, only what Python would import."""
    seen = set()
    for folder in map(Path, sys.path):
        for information in _information_folders(folder):
            distribution = re.sub(r"[-_.]+", "-", information.stem.partition("-")[0]).lower()
            if distribution in seen:
                continue
            seen.add(distribution)
            points = _points(_text(information / "entry_points.txt"), group)
            if points:
                described = _described(information)
                yield from (InstalledEntryPoint(name, value, described) for name, value in points)


def _information_folders(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.name.endswith((".dist-info", ".egg-info")))
    except OSError:
        return []  # not there, or an archive


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _points(text: str, group: str) -> list[tuple[str, str]]:
    """Name and value of each entry point of a group in the text of an entry_points.txt."""
    points = []
    is_in_group = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            is_in_group = line == f"[{group}]"
        elif is_in_group and "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            points.append((name.strip(), value.partition("[")[0].strip()))
    return points


def _described(information: Path) -> InstalledDistribution:
    headers = _text(information / "METADATA") or _text(information / "PKG-INFO")
    named = dict(re.findall(r"^(Name|Version): *(.*?) *$", headers.partition("\n\n")[0], re.MULTILINE))
    return InstalledDistribution(
        named.get("Name", "an unnamed distribution"), named.get("Version", ""), information.parent
    )
