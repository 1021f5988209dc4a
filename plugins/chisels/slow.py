"""What takes long: calls, I/O, processes."""

from __future__ import annotations

from typing import Any, ClassVar

from tracer.core.chisel import ChiselArgument, PluginError, RowChisel
from tracer.plugins.chisels.text import (
    BLUE,
    GREEN,
    NS_PER_MS,
    NS_PER_S,
    RED,
    RESET,
    YELLOW,
    duration,
    fixed,
    left,
    number,
    text_of,
)

COMPATIBLE = (
    " This chisel is compatible with containers using the sysdig -pc or -pcontainer argument, otherwise no container "
    "information will be shown. (Blue represents a process running within a container, and Green represents a host "
    "process)"
)
NO_COLOUR = ChiselArgument(
    "disable_color", "Set to 'disable_colors' if you want to disable color output", is_optional=True
)
HOST = "host"


def parse_number(values: dict[str, str], name: str) -> float:
    """An argument that is a number. Raises PluginError."""
    try:
        return float(values[name])
    except ValueError:
        raise PluginError(f"{name} is to be a number, not {values[name]!r}") from None


class _Slow(RowChisel):
    """A line for each event that took longer than a threshold."""

    category = "Performance"

    def set_up(self) -> None:
        self.least_ms = parse_number(self.values, "min_ms")
        off = self.values.get("disable_color") == "disable_color"
        self.host_colour, self.container_colour = ("", "") if off else (GREEN, BLUE)

    def colour(self, container: str | None) -> str:
        return self.host_colour if container == HOST else self.container_colour


class _SlowIo(_Slow):
    fields = (
        "evt.type",
        "evt.dir",
        "evt.datetime",
        "fd.name",
        "proc.name",
        "evt.latency",
        "container.name",
        "container.id",
    )
    skipped: ClassVar[str] = ""
    """Names of descriptors that begin so are not shown."""

    def set_up(self) -> None:
        super().set_up()
        names = ["evt.datetime", "container.id", "container.name", "proc.name", "evt.type", "LATENCY(ms)", "fd.name"]
        self._print_columns("", *names)
        self._print_columns("", "-" * 23, "-" * 30, "-" * 30, "-" * 12, "-" * 8, "-" * 12, "-" * 41)

    def on_event(self, *values: Any) -> object:
        call, direction, when, name, process, latency_ns, container, container_id = values
        if latency_ns is None or direction != "<" or name is None:
            return True
        latency_ms = latency_ns / NS_PER_MS
        if latency_ms > self.least_ms and not (self.skipped and name.startswith(self.skipped)):
            latency = f"{int(latency_ms):12d}"
            texts = map(text_of, (when, container_id, container, process, call, latency, name))
            self._print_columns(self.colour(container), *texts)
        return True

    def _print_columns(self, colour: str, *texts: str) -> None:
        when, container_id, container, process, call, latency, name = texts
        columns = [fixed(when, 23)]
        if self.shows_containers:
            columns += [fixed(container_id, 20), fixed(container, 20)]
        columns += [fixed(process, 12), left(call, 8), left(latency, 12), name]
        self.print(colour + " ".join(columns))


class FilesSlower(_SlowIo):
    """fileslower."""

    name = "fileslower"
    summary = "Trace slow file I/O"
    description = "Trace file I/O slower than a threshold, or all file I/O." + COMPATIBLE
    arguments = (ChiselArgument("min_ms", "Minimum millisecond threshold for showing file I/O", "int"), NO_COLOUR)
    filter = "evt.is_io=true and fd.type=file"
    skipped = "/dev/"


class NetworkSlower(_SlowIo):
    """netlower."""

    name = "netlower"
    summary = "Trace slow network I/0"
    description = "Trace network I/O slower than a threshold, or all network I/O." + COMPATIBLE
    arguments = (ChiselArgument("min_ms", "Minimum millisecond threshold for showing network I/O", "int"), NO_COLOUR)
    filter = "evt.is_io=true and (fd.type=ipv4 or fd.type=ipv6)"


class CallsSlower(_Slow):
    """scallslower."""

    name = "scallslower"
    summary = "Trace slow syscalls"
    description = "Trace syscalls slower than a threshold milliseconds." + COMPATIBLE
    arguments = (
        ChiselArgument("min_ms", "Minimum milliseconds before which a syscall should complete", "int"),
        NO_COLOUR,
    )
    fields = ("evt.datetime", "container.id", "container.name", "proc.name", "evt.latency", "evt.type")

    def set_up(self) -> None:
        """Prints the heading."""
        super().set_up()
        names = ["evt.datetime", "container.id", "container.name", "proc.name", "LATENCY(ms)", "evt.type"]
        between = "  " if self.shows_containers else " "
        self._print_columns("", *names, between=between)
        self._print_columns("", *("-" * width for width in (23, 20, 20, 23, 20, 20)))

    def on_event(self, *values: Any) -> object:
        """Prints a slow one."""
        when, container_id, container, process, latency_ns, call = values
        if latency_ns is None:
            return False
        latency_ms = latency_ns / NS_PER_MS
        if latency_ms > self.least_ms:
            texts = map(text_of, (when, container_id, container, process, number(latency_ms), call))
            self._print_columns(self.colour(container), *texts)
        return True

    def _print_columns(self, colour: str, *texts: str, between: str = " ") -> None:
        when, container_id, container, process, latency, call = texts
        containers = f"{fixed(container_id, 20)}{between}{fixed(container, 20)} " if self.shows_containers else ""
        self.print(f"{colour}{fixed(when, 23)} {containers}{fixed(process, 23)} {left(latency, 20)} {call}")


class Bottlenecks(RowChisel):
    """bottlenecks."""

    name = "bottlenecks"
    category = "Performance"
    summary = "Slowest system calls"
    description = "Lists the 10 system calls that took the longest to return during the capture interval."
    fields = ("evt.num", "evt.type", "evt.args", "evt.latency", "proc.name", "thread.tid")
    enter_events = True
    most = 10

    def set_up(self) -> None:
        """Begins with none."""
        self._enter_lines: dict[int | None, str] = {}
        self._slowest: list[tuple[int, str, str]] = []
        """The slowest first: latency, and the lines of its two events."""

    def on_event(self, *values: Any) -> object:
        """Keeps a call that is slower than the slowest so far."""
        event, call, arguments, latency_ns, process, tid = values
        if call == "switch" or latency_ns is None:
            return True
        if latency_ns == 0:
            self._enter_lines[tid] = (
                f"{event}) 0.000000000 {process or ''} ({text_of(tid)}) > {call} {text_of(arguments)}"
            )
            return True
        place = next((at for at, row in enumerate(self._slowest) if latency_ns > row[0]), len(self._slowest))
        if place < self.most:
            seconds, ns = divmod(latency_ns, NS_PER_S)
            line = f"{event}) {seconds}.{ns:09d} {process or ''} ({text_of(tid)}) < {call} {text_of(arguments)}"
            self._slowest.insert(place, (latency_ns, self._enter_lines.get(tid, "nil"), line))
            del self._slowest[self.most :]
        return True

    def finish(self) -> None:
        """Prints them."""
        for _, enter, exit_ in self._slowest:
            self.print(enter)
            self.print(exit_)


class ProcessTime(RowChisel):
    """proc_exec_time."""

    name = "proc_exec_time"
    category = "Performance"
    summary = "Show process execution time"
    description = (
        "List the processes that have finished running, along with their execution time, and color every line based on "
        "the total process run time (Green|Blue below thresholds, Yellow at 3 sec, and Red at 10 sec)." + COMPATIBLE
    )
    arguments = (NO_COLOUR,)
    fields = ("proc.duration", "container.id", "container.name", "proc.name", "proc.args")
    filter = "evt.type=procexit"
    yellow_ns = 3 * NS_PER_S
    red_ns = 10 * NS_PER_S

    def set_up(self) -> None:
        """Prints the heading."""
        self._has_colours = self.values.get("disable_color") != "disable_colors"
        self._print_columns("", "proc.duration", "container.id", "container.name", "proc.name", "proc.args")
        self._print_columns("", "-" * 13, "-" * 20, "-" * 20, "-" * 12, "-" * 20)

    def on_event(self, *values: Any) -> object:
        """Prints a process."""
        duration_ns, container_id, container, process, arguments = values
        if duration_ns is not None:
            texts = map(text_of, (duration(duration_ns), container_id, container, process, arguments))
            self._print_columns(self._colour(duration_ns, container), *texts)
        return True

    def finish(self) -> None:
        """Ends the colours."""
        self.print(RESET if self._has_colours else "")

    def _colour(self, duration_ns: int, container: str | None) -> str:
        if not self._has_colours:
            return ""
        if duration_ns > self.red_ns:
            return RED
        if duration_ns > self.yellow_ns:
            return YELLOW
        return GREEN if container == HOST else BLUE

    def _print_columns(self, colour: str, *texts: str) -> None:
        time, container_id, container, process, arguments = texts
        containers = f"{fixed(container_id, 20)} {fixed(container, 20)} " if self.shows_containers else ""
        self.print(f"{colour}{fixed(time, 13)} {containers}{fixed(process, 12)} {arguments}")


CHISELS = (FilesSlower, NetworkSlower, CallsSlower, Bottlenecks, ProcessTime)
