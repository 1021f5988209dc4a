"""A Lua script as a chisel, with the functions that sysdig has for it."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tracer.core.chisel import (
    DEFAULT_FORMAT,
    ChiselArgument,
    ChiselEnvironment,
    ChiselRun,
    PluginError,
    Row,
    RowChisel,
    Tick,
)
from tracer.plugins.lua.files import directories, find_file
from tracer.plugins.lua.script import Script
from tracer.plugins.lua.tables import container_table, thread_table

NS_PER_S = 1_000_000_000
U32 = 0xFFFFFFFF

OUTPUT_FORMATS = {
    "normal": "",
    "ascii": "printable",
    "hex": "hex",
    "hexascii": "hex_ascii",
    "base64": "base64",
    "simple": "",
    "json": "",
    "jsonbase64": "base64",
}
"""What sysdig.set_output_format takes, and how data buffers are printed then."""

PRINTED = {"evt.buffer": "evt.arg.data"}
"""Fields that scripts get as they are printed."""

ALWAYS_READ = ("evt.num", "evt.rawtime.s", "evt.rawtime.ns", "evt.type", "evt.cpu")
"""What evt.get_num and its like tell; they are behind the fields of a row."""

CALLS_ON_STATE = re.compile(rb"get_thread_table|get_container_table|end_capture|get_lastevent_ts|get_read_progress")
"""Calls that have to be answered as of the event that is being handled."""

REQUIRED = re.compile(rb"""require\s*\(?\s*["']([\w.]+)["']""")


class LuaChisel(RowChisel):
    """Runs a script's callbacks."""

    as_bytes = True
    enter_events = True

    def __init__(self, path: Path, arguments: Sequence[str], environment: ChiselEnvironment) -> None:
        self.name = path.stem
        self.summary = ""
        self._fields: list[str] = []
        self._started = False
        self._exec: tuple[str, list[str]] | None = None
        self._socket: socket.socket | None = None
        self._json = environment.json
        self.environment = environment
        self._load(path)
        self._set_arguments(arguments)
        self.arguments = self.script.arguments()
        super().__init__(arguments, environment)

    def set_up(self) -> None:
        """Calls on_init."""
        try:
            self._initialize()
        except PluginError:
            self.finish()
            raise

    def start(self, run: ChiselRun) -> None:
        """Calls on_capture_start."""
        super().start(run)
        if self.script.has("on_capture_start") and self.script.call("on_capture_start") is not True:
            raise PluginError(f"chisel {self.name}: on_capture_start() failed")
        self.fields = (*self._fields, *ALWAYS_READ)
        self._started = True

    def on_rows(self, rows: Sequence[Row]) -> None:  # type: ignore[override]
        """Calls on_event for each."""
        deliver = self.script.row
        for row in rows:
            line = None
            if self.format:
                *values, line = row
                row = tuple(values)
            wants_line = deliver(b"on_event", row) or not self._handles_events
            if self._is_over:
                return
            if line is not None and wants_line:
                self.environment.write(line.decode(errors="surrogateescape"))

    def on_interval(self, tick: Tick, *values: Any) -> None:
        """Calls on_interval."""
        time_s, time_ns = divmod(tick.time_ns, NS_PER_S)
        if not self.script.tick(time_s, time_ns, tick.delta_ns, values):
            raise PluginError(f"chisel {self.name} ended the run: on_interval() returned false")

    def finish(self) -> None:
        """Calls on_capture_end."""
        if self.script.has("on_capture_end"):
            run = getattr(self, "run", None)
            first, last = (run.first_time_ns, run.last_time_ns) if run else (0, 0)
            self.script.call("on_capture_end", *divmod(last, NS_PER_S), last - first)
        if self._socket is not None:
            self._socket.close()

    def _load(self, path: Path) -> None:
        host = {
            name.removeprefix("_host_"): getattr(self, name) for name in dir(type(self)) if name.startswith("_host_")
        }
        self.script = Script(path, host)
        self._handles_events = self.script.has("on_event")
        self._is_over = False
        self.follows_state = any(CALLS_ON_STATE.search(source) for source in _sources(path))

    def _set_arguments(self, values: Sequence[str]) -> None:
        arguments = self.script.arguments()
        needed = sum(not argument.is_optional for argument in arguments)
        if not needed <= len(values) <= len(arguments):
            raise PluginError(
                f"chisel {self.name} takes {needed} to {len(arguments)} arguments, and {len(values)} are given"
            )
        for argument, value in zip(arguments, values, strict=False):
            if not self.script.has("on_set_arg"):
                raise PluginError(f"chisel {self.name} has arguments, but no function on_set_arg")
            name = argument.name.encode()
            if self.script.call("on_set_arg", name, value.encode(errors="surrogateescape")) is not True:
                raise PluginError(f"chisel {self.name} does not take {value!r} as {argument.name}")

    def _initialize(self) -> None:
        if not self.script.has("on_init"):
            return
        taken = self.script.call("on_init")
        if self._exec is None:
            if taken is not True:
                raise PluginError(f"chisel {self.name}: on_init() failed")
            return
        (name, arguments), self._exec = self._exec, None
        path = find_file(name)
        if path is None:
            raise PluginError(f"chisel {self.name} wants to go on as {name}, which is not there")
        self._fields.clear()
        self._load(path)
        self._set_arguments(arguments)
        self._initialize()

    # What the prelude calls.

    def _host_write(self, text: bytes) -> None:
        self.environment.write(text.decode(errors="surrogateescape"))

    def _host_exit(self, status: object = None) -> None:
        raise SystemExit(0 if status in (None, True) else 1 if status is False else status)

    def _host_request_field(self, name: bytes | None) -> int:
        self._refuse_late("fields are requested")
        if name is None:
            raise PluginError(f"chisel {self.name} requests a field without a name")
        self._fields.append(PRINTED.get(name.decode(), name.decode()))
        return len(self._fields)

    def _host_set_filter(self, text: bytes | None) -> None:
        self._refuse_late("a filter is set")
        self.filter = (text or b"").decode()

    def _host_set_event_formatter(self, text: bytes | None) -> None:
        self._refuse_late("a format is set")
        format = (text or b"").decode()
        self.format = DEFAULT_FORMAT if format in ("", "default") else format

    def _host_set_interval(self, interval: float, exact: bool) -> None:
        self._refuse_late("an interval is set")
        self.interval_ns, self.exact_interval = int(interval), exact

    def _host_exec(self, name: bytes | None, *arguments: bytes | float | None) -> None:
        if name is None:
            raise PluginError(f"chisel {self.name}: chisel.exec() without a name")
        texts = []
        for argument in arguments:
            if argument is None:
                break
            texts.append(argument.decode(errors="surrogateescape") if isinstance(argument, bytes) else f"{argument:g}")
        self._exec = (name.decode(), texts)

    def _refuse_late(self, what: str) -> None:
        if self._started:
            raise PluginError(f"chisel {self.name}: {what} in on_init() or on_capture_start(), not later")

    # The table sysdig.

    def _host_sysdig_set_filter(self, text: bytes) -> None:
        self._refuse_late("a filter is set")
        if self.environment.filter or self.stream_filter:
            raise PluginError(f"chisel {self.name} brings a filter for all events: there can be no other one")
        self.stream_filter = text.decode()

    def _host_sysdig_set_snaplen(self, length: float) -> None:
        self.snaplen_bytes = int(length)

    def _host_sysdig_set_output_format(self, format: bytes) -> None:
        if format.decode() not in OUTPUT_FORMATS:
            raise PluginError(f"chisel {self.name}: set_output_format({format.decode()!r}) is none of sysdig's formats")
        if self.environment.data == "dotted" and not self.environment.json:
            self.data = OUTPUT_FORMATS[format.decode()]
            self._json = format.startswith(b"json")

    def _host_sysdig_set_fatfile_dump_mode(self, mode: object = None) -> None:
        """What is written is up to -F."""

    def _host_sysdig_is_live(self) -> bool:
        return self.run.is_live if hasattr(self, "run") else self.environment.is_live

    def _host_sysdig_is_tty(self) -> bool:
        return self.environment.is_terminal

    def _host_sysdig_get_terminal_info(self) -> Any:
        try:
            width, height = os.get_terminal_size(1)
        except OSError:
            width = height = -1
        return self.script.table({b"width": width, b"height": height})

    def _host_sysdig_get_filter(self) -> bytes:
        return self.environment.filter.encode(errors="surrogateescape")

    def _host_sysdig_get_machine_info(self) -> Any:
        machine = self._running("get_machine_info").machine()
        return self.script.table(
            {
                b"num_cpus": machine.cpus,
                b"memory_size_bytes": machine.memory_bytes,
                b"max_pid": machine.max_pid,
                b"hostname": machine.hostname.encode(errors="surrogateescape"),
            }
        )

    def _host_sysdig_get_thread_table(self, filter: bytes | None = None) -> Any:
        return self._threads(filter)

    def _host_sysdig_get_thread_table_nofds(self, filter: bytes | None = None) -> Any:
        return self._threads(filter, with_descriptors=False)

    def _host_sysdig_get_thread_table_barebone(self, filter: bytes | None = None) -> Any:
        return self._threads(filter, in_full=False)

    def _host_sysdig_get_thread_table_barebone_nofds(self, filter: bytes | None = None) -> Any:
        return self._threads(filter, in_full=False, with_descriptors=False)

    def _threads(self, filter: bytes | None, *, in_full: bool = True, with_descriptors: bool = True) -> Any:
        from tracer import FilterError

        try:
            threads = self._running("get_thread_table").threads(filter.decode() if isinstance(filter, bytes) else "")
        except FilterError as error:
            raise PluginError(f"chisel {self.name}: get_thread_table: {error}") from None
        return thread_table(self.script, threads, in_full, with_descriptors)

    def _host_sysdig_get_container_table(self, *ignored: object) -> Any:
        return container_table(self.script, self._running("get_container_table").containers())

    def _running(self, call: str) -> ChiselRun:
        if not hasattr(self, "run"):
            raise PluginError(f"chisel {self.name}: {call} can be called from on_capture_start() on")
        return self.run

    def _host_sysdig_is_print_container_data(self) -> bool:
        return self.shows_containers

    def _host_sysdig_get_output_format(self) -> bytes:
        return b"json" if self._json else b"normal"

    def _host_sysdig_get_evtsource_name(self) -> bytes:
        return self.environment.capture.encode(errors="surrogateescape")

    def _host_sysdig_get_firstevent_ts(self) -> bytes:
        return b"%d" % self._running("get_firstevent_ts").first_time_ns

    def _host_sysdig_get_lastevent_ts(self) -> bytes:
        return b"%d" % self._running("get_lastevent_ts").last_time_ns

    def _host_sysdig_make_ts(self, seconds: float, nanoseconds: float) -> bytes:
        return b"%d" % ((int(seconds) & U32) * NS_PER_S + (int(nanoseconds) & U32))

    def _host_sysdig_add_ts(self, one: bytes, other: bytes) -> bytes:
        return _time_text(int(one) + int(other))

    def _host_sysdig_subtract_ts(self, one: bytes, other: bytes) -> bytes:
        return _time_text(int(one) - int(other))

    def _host_sysdig_run_app(self, words: bytes) -> None:
        text = words.decode(errors="surrogateescape")
        # Quotes only keep spaces: those that stand elsewhere stay.
        parts = re.findall(r'(?:"[^"]*"|[^ ])+', text)
        self._running("run_app").go_on_with([part.replace('"', "") for part in parts])

    def _host_sysdig_end_capture(self) -> None:
        self._is_over = True
        self._running("end_capture").end()

    def _host_sysdig_log(self, message: bytes, severity: bytes = b"info") -> None:
        if self.environment.verbose:
            print(f"{severity.decode()}: {message.decode(errors='replace')}", file=sys.stderr)

    def _host_sysdig_udp_setpeername(self, address: bytes, port: float | bytes) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.connect((address.decode(), int(port)))
        except OSError as error:
            raise PluginError(f"chisel {self.name}: udp_setpeername: {error.strerror or error}") from None

    def _host_sysdig_udp_send(self, message: bytes) -> None:
        if self._socket is None:
            raise PluginError(f"chisel {self.name}: udp_send() before udp_setpeername()")
        try:
            self._socket.send(message)
        except ConnectionRefusedError:
            pass  # nobody listens there, of which a sender of datagrams need not know
        except OSError as error:
            raise PluginError(f"chisel {self.name}: udp_send: {error.strerror or error}") from None

    def _host_sysdig_get_read_progress(self) -> float:
        return self._running("get_read_progress").progress


def _time_text(time_ns: int) -> bytes:
    """A number of 64 bits, which wraps around and shows as a signed one."""
    return b"%d" % ((time_ns + (1 << 63)) % (1 << 64) - (1 << 63))


def _sources(path: Path, seen: set[Path] | None = None) -> list[bytes]:
    """The script and those that it requires."""
    seen = set() if seen is None else seen
    if path in seen or not path.is_file():
        return []
    seen.add(path)
    source = path.read_bytes()
    found = [source]
    for name in REQUIRED.findall(source):
        folders = (path.parent, *directories())
        found += _sources(next((p for f in folders if (p := f / f"{name.decode()}.lua").is_file()), path), seen)
    return found


class Description(NamedTuple):
    """What a script says of itself."""

    category: str
    summary: str
    description: str
    arguments: list[ChiselArgument]
    is_listed: bool


def described(path: Path) -> Description:
    """Loads a script to read what it says of itself. Raises PluginError for one that is no chisel."""
    script = Script(path, {"write": lambda text: None})
    description, summary = script.text("description"), script.text("short_description")
    is_listed = description is not None and summary is not None and script.globals[b"hidden"] is not True
    return Description(script.text("category") or "", summary or "", description or "", script.arguments(), is_listed)
