"""Where Lua chisels are looked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

INSTALLED = ("/usr/share/sysdig/chisels", "/usr/local/share/sysdig/chisels")
"""Where packages of sysdig put theirs."""

VARIABLES = {"TRACER_CHISEL_DIR": os.pathsep, "SYSDIG_CHISEL_DIR": ";"}
"""Variables that name directories, and what stands between these."""


def directories() -> list[Path]:
    """Those that are there, in the order in which they are searched."""
    named = [one for name, separator in VARIABLES.items() for one in os.environ.get(name, "").split(separator) if one]
    candidates = [*map(Path, named), Path("~/.chisels"), *map(Path, INSTALLED)]
    return [path for path in (candidate.expanduser() for candidate in candidates) if path.is_dir()]


def find_file(name: str) -> Path | None:
    """The file of a chisel: its path, or its name with or without .lua, in one of the directories."""
    if "/" in name:
        candidates = [Path(name), Path(f"{name}.lua")]
    else:
        candidates = [directory / file for directory in directories() for file in (f"{name}.lua", name)]
    return next((path for path in candidates if path.is_file()), None)


def all_files() -> Iterator[Path]:
    """Every file that may be a chisel; of those with the same name the first."""
    seen = set()
    for directory in directories():
        for path in sorted(directory.glob("*.lua")):
            if path.name not in seen:
                seen.add(path.name)
                yield path
