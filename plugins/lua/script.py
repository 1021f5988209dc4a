"""A Lua state with one script in it, and the functions that the script may call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from tracer.core.chisel import ChiselArgument, PluginError
from tracer.plugins.lua.files import directories

LUA_VERSIONS = ("luajit21", "luajit20", "lua51")
"""What scripts are written for, the best first: sysdig has LuaJIT, which understands Lua 5.1."""


@cache
def lua_module() -> Any:
    """The binding to the Lua that runs scripts. Raises PluginError."""
    for version in LUA_VERSIONS:
        try:
            return import_module(f"lupa.{version}")
        except ImportError:
            continue
    raise PluginError("Lua chisels need the Python package lupa: pip install lupa")


class Script:
    """A script that is loaded: its globals can be read, its functions called."""

    def __init__(self, path: Path, host: Mapping[str, Callable[..., Any]]) -> None:
        """Runs the script's outermost level. Raises PluginError."""
        self.path = path
        self.name = path.stem
        lua = lua_module()
        self._error = lua.LuaError
        self._runtime = lua.LuaRuntime(
            encoding=None,
            unpack_returned_tuples=True,
            register_eval=False,
            register_builtins=False,
            attribute_filter=_no_attributes,
        )
        self.globals = self._runtime.globals()
        self.globals[b"package"][b"path"] = ";".join(
            f"{folder}/?.lua" for folder in (path.parent, *directories())
        ).encode()
        prelude = Path(__file__).with_name("prelude.lua").read_bytes()
        functions = self.table({name.encode(): function for name, function in host.items()})
        self.deliver, self.deliver_tick = self._runtime.execute(prelude, functions)
        try:
            source = path.read_bytes()
        except OSError as error:
            raise PluginError(f"{path}: {error.strerror}") from None
        self._guarded(f"failed to load chisel {self.name}", self._runtime.execute, source)

    def table(self, items: Mapping[Any, Any]) -> Any:
        """A Lua table, filled in order."""
        table = self._runtime.table()
        for key, value in items.items():
            table[key] = value
        return table

    def sequence(self, items: Iterable[Any]) -> Any:
        """A Lua table with these at 1, 2, ..."""
        return self.table(dict(enumerate(items, 1)))

    def has(self, function: str) -> bool:
        """Whether the script has a global function of this name."""
        lua_type: str | None = lua_module().lua_type(self.globals[function.encode()])
        return lua_type == "function"

    def call(self, function: str, *arguments: Any) -> Any:
        """Calls a global function. Raises PluginError for what goes wrong in it."""
        return self._guarded(f"chisel {self.name}: {function}()", self.globals[function.encode()], *arguments)

    def row(self, callback: bytes, row: tuple[Any, ...]) -> Any:
        """Makes the row the current one and calls a global function. Raises PluginError."""
        try:
            return self.deliver(callback, *row)
        except self._error as error:
            raise PluginError(f"chisel {self.name}: {_message(error)}") from None

    def tick(self, time_s: int, time_ns: int, delta_ns: int, row: tuple[Any, ...]) -> Any:
        """The same for on_interval."""
        return self._guarded(f"chisel {self.name}: on_interval()", self.deliver_tick, time_s, time_ns, delta_ns, *row)

    def text(self, name: str) -> str | None:
        """A global that is text; None for anything else."""
        value = self.globals[name.encode()]
        return value.decode(errors="replace") if isinstance(value, bytes) else None

    def arguments(self) -> list[ChiselArgument]:
        """What the script says of its arguments. Raises PluginError."""
        rows = self.globals[b"args"]
        if lua_module().lua_type(rows) != "table":
            raise PluginError(f"failed to load chisel {self.name}: it has no table args")
        return [self._argument(row) for row in rows.values() if lua_module().lua_type(row) == "table"]

    @staticmethod
    def _argument(row: Any) -> ChiselArgument:
        name, kind, description = ((row[key] or b"").decode() for key in (b"name", b"argtype", b"description"))
        return ChiselArgument(name, description, kind, bool(row[b"optional"]))

    def _guarded(self, doing: str, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except self._error as error:
            raise PluginError(f"{doing}: {_message(error)}") from None


def _message(error: Exception) -> str:
    """The first line of a Lua error, without the trace of calls."""
    text = error.args[0] if error.args else str(error)
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    return str(text).partition("\nstack traceback:")[0]


def _no_attributes(thing: object, name: object, is_setting: bool) -> object:
    raise AttributeError("Python objects have nothing for scripts")
