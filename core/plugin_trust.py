"""Which plugins may be loaded where somebody has tracer run with root's rights."""

from __future__ import annotations

import os
import site
import stat
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from tracer.core.driver import ENTRY_POINT_GROUP
from tracer.core.entry_points import installed_entry_points
from tracer.core.plugins import OWN_DISTRIBUTION

if TYPE_CHECKING:
    from tracer.core.entry_points import EntryPoint


def why_untrusted(point: EntryPoint) -> str:
    """Why this entry point may not be loaded under sudo; "" if it may.

    What the caller's environment adds to Python's path would run as root: only what is installed where the running
    Python keeps its packages is loaded.
    """
    callers = _callers_folders()
    place = Path(str(point.dist.locate_file(""))).resolve() if point.dist else None
    if place is None or place not in _package_folders() - callers:
        return f"under sudo only plugins of the running installation are loaded, and this one is in {place}"
    if place != _own_folder() and _is_anybodys(place):
        return f"under sudo no plugins are loaded from folders that others than root may write to, such as {place}"
    found_in = _import_folder(point.module.partition(".")[0])
    if found_in in callers:
        return f"under sudo only plugins of the running installation are loaded, and its code is in {found_in}"
    return ""


def _package_folders() -> set[Path]:
    """Where the running Python has its packages."""
    paths = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()}
    return {Path(path).resolve() for path in paths}


def _own_folder() -> Path | None:
    """Where tracer itself is installed."""
    points = installed_entry_points(ENTRY_POINT_GROUP)
    return next((point.dist.folder.resolve() for point in points if point.dist.name == OWN_DISTRIBUTION), None)


def _is_anybodys(folder: Path) -> bool:
    status = folder.stat()
    return status.st_uid != 0 or bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def _callers_folders() -> set[Path]:
    """What the caller's environment adds to Python's path."""
    named = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    # Python puts the current folder first where it is told a module; "" stands for it.
    if sys.path and sys.path[0] in ("", str(Path.cwd())):
        named.append(str(Path.cwd()))
    return {Path(name).resolve() for name in (*named, site.getusersitepackages())}


def _import_folder(package: str) -> Path | None:
    """The folder on Python's path that a package would be imported from; None for what a hook of its own imports."""
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec(package)
    if spec is None:
        return None
    inside = next(iter(spec.submodule_search_locations or ()), None)
    if inside is not None:
        return Path(inside).resolve().parent
    return Path(spec.origin).resolve().parent if spec.origin else None
