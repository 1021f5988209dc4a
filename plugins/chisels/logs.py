"""What is logged, and what happened around it."""

from __future__ import annotations

from typing import Any, ClassVar

from tracer.core.chisel import ChiselArgument, ChiselRun, PluginError, RowChisel
from tracer.plugins.chisels.slow import HOST, NO_COLOUR
from tracer.plugins.chisels.text import BLUE, GREEN, RED, RESET, YELLOW, left, text_of

DUMP_FILE = "The name of the file where the chisel will write the events related to each syslog entry."
DUMP_RANGE = (
    "The time interval to capture *before* and *after* each event, in milliseconds. For example, 500 means that 1 "
    "second around each displayed event (.5s before and .5s after) will be saved to <dump_file_name>. The default "
    "value for dump_range_ms is 1000."
)
DEFAULT_RANGE_MS = "1000"
DUMP_ARGUMENTS = (
    ChiselArgument("dump_file_name", DUMP_FILE, is_optional=True),
    ChiselArgument("dump_range_ms", DUMP_RANGE, "int", is_optional=True),
    NO_COLOUR,
)
WARNING = 4
"""Severity of syslog; errors are below."""


class Surroundings:
    """Events whose surroundings are to be written to a file, in a run of their own."""

    def __init__(self, values: dict[str, str]) -> None:
        self.file = values.get("dump_file_name")
        self._range_ms = values.get("dump_range_ms", DEFAULT_RANGE_MS)
        self._entries: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, time_ns: int, tid: int) -> None:
        """One more event."""
        self._entries.append((time_ns, tid))

    def write_with(self, run: ChiselRun, capture: str) -> None:
        """Has them written after this run."""
        parts = [f"(evt.around[{time}]={self._range_ms} and thread.tid={tid})" for time, tid in self._entries]
        run.go_on_with(["-F", f"-r{capture}", f"-w{self.file}", " or ".join(parts) or "evt.num=0"])


class Around(RowChisel):
    """around."""

    name = "around"
    category = "Misc"
    summary = "Export to file the events around the time range where the given filter matches."
    description = (
        "Given a filter on the command line, this chisel saves the events that are in a time range around filter "
        "matches, and that are on the SAME process/thread. The time range can be adjusted with the dump_range_ms "
        "argument. For example, 'sysdig -c around evt.type=open and evt.failed=true' will save two seconds of activity "
        "around every failed open."
    )
    arguments = (ChiselArgument("dump_file_name", DUMP_FILE), ChiselArgument("dump_range_ms", DUMP_RANGE, "int", True))
    fields = ("evt.time", "proc.name", "thread.tid", "evt.rawtime")

    def set_up(self) -> None:
        """Looks for a filter."""
        self._surroundings = Surroundings(self.values)
        if not self.environment.filter:
            raise PluginError("around needs a filter: events around those that it lets through are saved")

    def start(self, run: ChiselRun) -> None:
        """Refuses what is live."""
        super().start(run)
        if run.is_live:
            raise PluginError("around reads captures only: give -r FILE")

    def on_event(self, *values: Any) -> object:
        """Remembers it."""
        when, process, tid, time_ns = values
        self.print(f"{when} {'<NA>' if process is None else process}({text_of(tid)})")
        self._surroundings.add(time_ns, tid)
        return True

    def finish(self) -> None:
        """Has the surroundings saved."""
        if not hasattr(self, "run"):
            return
        if self.environment.is_terminal:
            self.print(RESET)
        self.print(f"\nSaving events around {len(self._surroundings)} syslog entries to {self._surroundings.file}")
        self._surroundings.write_with(self.run, self.environment.capture)


class _Log(RowChisel):
    category = "Logs"
    arguments = DUMP_ARGUMENTS

    def set_up(self) -> None:
        colour = self.values.get("disable_color")
        if colour not in (None, "disable_color", "disable_colors"):
            raise PluginError(f"disable_color is to be disable_colors, not {colour!r}")
        self._surroundings = Surroundings(self.values)
        self._reset = RESET if colour is None else ""
        self._colours = (RED, YELLOW, GREEN, BLUE) if colour is None else ("", "", "", "")

    def start(self, run: ChiselRun) -> None:
        super().start(run)
        if self._surroundings.file and run.is_live:
            raise PluginError(f"{self.name} saves surroundings from captures only: give -r FILE")

    def remember(self, time_ns: int, tid: int) -> None:
        if self._surroundings.file:
            self._surroundings.add(time_ns, tid)

    def finish(self) -> None:
        if not hasattr(self, "run"):
            return
        if self.environment.is_terminal:
            self.print(self._reset)
        if self._surroundings.file:
            self.print(f"Writing events for {len(self._surroundings)} log entries")
            self._surroundings.write_with(self.run, self.environment.capture)


class SpyLogs(_Log):
    """spy_logs."""

    name = "spy_logs"
    summary = (
        "Echo any write made by any process to a log file. Optionally, export the events around each log message to "
        "file."
    )
    description = (
        "This chisel intercepts all the writes to files containing '.log' or '_log' in their name, and pretty prints "
        "them. You can combine this chisel with filters like 'proc.name=foo' (to restrict the output to a specific "
        "process), or 'evt.buffer contains foo' (to show only messages including a specific string). You can also "
        "write the events generated around each log entry to file by using the dump_file_name and dump_range_ms "
        "arguments. If running from a terminal the line will be colored Green = OK; Yellow = Warn; and Red = Error. "
        "This chisel is compatible with containers using the sysdig -pc or -pcontainer argument, otherwise no "
        "container information will be shown. ( A Blue colored container.name represents a process running within a "
        "container)"
    )
    fields = ("evt.arg.data", "proc.name", "fd.name", "container.name", "evt.rawtime", "thread.tid")
    files: ClassVar[str] = (
        "(fd.name contains .log or fd.name contains _log or fd.name contains /var/log) "
        "and not (fd.name contains .gz or fd.name contains .tgz)"
    )
    filter = f"({files}) and evt.is_io_write=true and evt.dir=< and evt.failed=false"
    snaplen_bytes = 2000
    data = "printable"

    def on_event(self, *values: Any) -> object:
        """Prints the lines of a write."""
        data, process, file, container, time_ns, tid = values
        for message in (data or "").split("\n"):
            if message:
                self.print(self._line(f"{text_of(process)} {text_of(file)} ", message, text_of(container)))
        self.remember(time_ns, tid)
        return True

    def _line(self, about: str, message: str, container: str) -> str:
        if not self.environment.is_terminal:
            return f"{container} {about}{message}" if self.shows_containers else f"{about}{message}"
        red, yellow, green, blue = self._colours
        colour = yellow if "warn" in message.lower() else red if "err" in message else green
        text = f"{colour} {about}{message}"
        if self.shows_containers:
            return f"{colour} {colour if container == HOST else blue} {container} {text}"
        return text


class SpySyslog(_Log):
    """spy_syslog."""

    name = "spy_syslog"
    summary = "Print every message written to syslog. Optionally, export the events around each syslog message to file."
    description = (
        "Print every message written to syslog by any process. You can combine this chisel with filters like "
        "'proc.name=foo' (to restrict the output to a specific process), or 'syslog.message contains foo' (to show "
        "only messages including a specific string). You can also write the events generated around each log entry to "
        "file by using the dump_file_name and dump_range_ms arguments."
    )
    fields = (
        "syslog.facility.str",
        "syslog.severity.str",
        "syslog.severity",
        "syslog.message",
        "thread.tid",
        "proc.name",
        "container.name",
        "container.id",
        "evt.rawtime",
    )
    filter = "fd.name contains /dev/log and evt.is_io_write=true and evt.dir=< and evt.failed=false"
    snaplen_bytes = 1000

    def on_event(self, *values: Any) -> object:
        """Prints a message."""
        facility, severity_name, severity, message, tid, process, container, container_id, time_ns = values
        texts = facility, severity_name, container_id, container
        facility, severity_name, container_id, container = map(text_of, texts)
        what = f"{text_of(process)}[{text_of(tid)}] {text_of(message)}"
        colour = self._colour(severity, container) if self.environment.is_terminal else ""
        if not self.shows_containers:
            self.print(f"{colour}{facility}.{severity_name} {what}")
        elif self.environment.is_terminal:
            self.print(f"{colour}{left(container_id, 20)} {left(container, 20)} {facility}.{severity_name} {what}")
        else:
            # The order that sysdig has them in.
            self.print(f"{left(facility, 20)} {left(container_id, 20)} {container}.{severity_name} {what}")
        self.remember(time_ns, tid)
        return True

    def _colour(self, severity: int | None, container: str) -> str:
        red, yellow, green, blue = self._colours
        if severity is not None and severity <= WARNING:
            return yellow if severity == WARNING else red
        return green if container == HOST else blue


CHISELS = (Around, SpyLogs, SpySyslog)
