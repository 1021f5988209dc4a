"""The plugin `lua`: finds chisels that are Lua scripts for sysdig."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tracer.core.plugin import hookimpl

if TYPE_CHECKING:
    from pathlib import Path

    from tracer.core.chisel import RowChisel
    from tracer.core.plugin import ChiselArgument, ChiselEnvironment, ChiselFinder


class LuaScripts:
    """The scripts in the directories where sysdig has them, and any other file."""

    name = "lua"
    summary = "chisels written in Lua for sysdig"

    def find(self, chisel: str) -> LuaScript | None:
        """A script by its name or path. Raises PluginError for one that cannot be loaded."""
        from tracer.plugins.lua.files import find_file

        path = find_file(chisel)
        return None if path is None else LuaScript(path)

    def all(self) -> Iterator[LuaScript]:
        """All that say what they are, and are not hidden."""
        from tracer.core.plugin import PluginError
        from tracer.plugins.lua.files import all_files

        for path in all_files():
            if path.name.startswith("v_"):
                continue  # views, of which there are as many as chisels
            try:
                script = LuaScript(path)
            except PluginError:
                continue  # a module that others require
            if script.is_listed:
                yield script


class LuaScript:
    """A script as a chisel that can be run."""

    def __init__(self, path: Path) -> None:
        """Reads what it says of itself. Raises PluginError."""
        from tracer.plugins.lua.chisel import described

        self.path = path
        self.name = path.stem
        about = described(path)
        self.category: str = about.category
        self.summary: str = about.summary
        self.description: str = about.description
        self.arguments: Sequence[ChiselArgument] = about.arguments
        self.is_listed: bool = about.is_listed

    def __call__(self, arguments: Sequence[str], environment: ChiselEnvironment) -> RowChisel:
        """Loads it. Raises PluginError."""
        from tracer.plugins.lua.chisel import LuaChisel

        return LuaChisel(self.path, arguments, environment)


@hookimpl
def tracer_chisel_finders() -> Sequence[ChiselFinder]:
    """The Lua scripts."""
    return [LuaScripts()]
