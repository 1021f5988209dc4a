"""Charts of latencies and of times within the second, drawn with colours on a terminal."""

from __future__ import annotations

import math
import os
from collections import Counter
from typing import Any

from tracer.core.chisel import ChiselArgument, PluginError, RowChisel, Tick
from tracer.plugins.chisels.slow import parse_number
from tracer.plugins.chisels.text import ESCAPE, HIDE_CURSOR, NS_PER_MS, NS_PER_S, RESET, SHOW_CURSOR, duration, number

COLOURS = (22, 28, 64, 34, 2, 76, 46, 118, 154, 191, 227, 226, 11, 220, 209, 208, 202, 197, 9, 1)
"""Of the 256 of terminals, from few to many."""

SHADES = " ░▒░"
"""Between a colour and the next one."""

STEP = 1.6
"""How many times more events a second the next colour stands for."""

UP = f"{ESCAPE}1F"


class _Chart(RowChisel):
    """A line for each interval: how many events fall into each column."""

    category = "CPU Usage"
    default_ms: float

    def set_up(self) -> None:
        if not self.environment.is_terminal:
            self.print("This chisel only works on ANSI terminals. Aborting.")
            raise PluginError(f"{self.name} draws on a terminal, and the output is none")
        refresh_ms = parse_number(self.values, "refresh_time") if "refresh_time" in self.values else self.default_ms
        self.refresh_ns = refresh_ms * NS_PER_MS
        self.interval_ns = int(self.refresh_ns)
        self.width = os.get_terminal_size(1).columns
        self._counts: Counter[int] = Counter()
        self.environment.write(HIDE_CURSOR)

    def count(self, column: int) -> None:
        """One more event in this column."""
        self._counts[column] += 1

    def on_interval(self, tick: Tick, *values: Any) -> None:
        self.environment.write(UP)
        for column in range(1, self.width + 1):
            self.environment.write(self._cell(self._counts[column]))
        self.environment.write(f"{RESET}\n{self.axis()}\n")
        self._counts.clear()

    def axis(self) -> str:
        raise NotImplementedError

    empty = f"{ESCAPE}38;5;0m{ESCAPE}48;5;0m "

    def _cell(self, count: int) -> str:
        if not count:
            return self.empty
        place = math.log10(count * NS_PER_S / self.refresh_ns + 1) / math.log10(STEP)
        place = min(max(place, 1), len(COLOURS))
        low, high = COLOURS[math.floor(place) - 1], COLOURS[math.ceil(place) - 1]
        between = place - math.floor(place)
        shade = SHADES[math.floor(between * len(SHADES))]
        # Three quarters of a shade are a quarter of it with the colours exchanged.
        front, back = (high, low) if between > 0.75 else (low, high)
        return f"{ESCAPE}38;5;{front}m{ESCAPE}48;5;{back}m{shade}"


class Spectrogram(_Chart):
    """spectrogram."""

    name = "spectrogram"
    summary = "Visualize OS latency in real time."
    description = (
        "This console visualization shows the frequency of system call latencies. The Y axis unit is time. By "
        "default, a new line is created twice a second, but that can be changed by specifying a different refresh "
        "time argument. The X axis shows a range of latencies. Each latency value has a color that can be black "
        "(no calls), green (tens of calls/s), yellow (hundreds of calls/s) or red (Thousands of calls/s). In other"
        " words, red areas mean that there are many system calls taking the specified time to return. Use this "
        "chisel in conjunction with filters to visualize latencies for certain processes, types of I/O activity, "
        "file systems, etc."
    )
    arguments = (ChiselArgument("refresh_time", "Chart refresh time in milliseconds", "int", is_optional=True),)
    fields = ("evt.latency",)
    filter = "evt.dir=<"
    default_ms = 500
    powers = 11
    """The axis ends at ten to this many nanoseconds."""

    def on_event(self, *values: Any) -> object:
        """Counts it."""
        if values[0]:
            self.count(math.floor(min(math.log10(values[0]), self.powers) * self.width / self.powers) + 1)
        return True

    def axis(self) -> str:
        """Powers of ten."""
        line = ""
        while len(line) < self.width:
            power = math.floor(len(line) * self.powers / self.width)
            if power != math.floor((len(line) - 1) * self.powers / self.width):
                line += "|" + duration(10**power)
            else:
                line += " "
        return line

    def finish(self) -> None:
        """Draws the last line."""
        if hasattr(self, "run"):
            self.on_interval(Tick(self.run.last_time_ns, 0))
            self.print(RESET)
            self.environment.write(SHOW_CURSOR)


class SubsecondOffset(_Chart):
    """subsecoffset."""

    name = "subsecoffset"
    summary = "Visualize subsecond offset execution time."
    description = (
        "This visualizes the subsecond offset time of system call execution. This allows repetitive patterns to be"
        " identified, which are lost when averaging at a one second granularity. The Y axis (vertical) shows the "
        "passage of time. The X axis (horizontal) shows the passage of time within whole or fractions of a second."
        " By default, the X axis range is 1000 milliseconds; this can be specified as an argument (try 100). Each "
        "bucket of the heat map, or spectrogram, is shown as a colored rectangle. The color shows how many "
        "syscalls fell into that time and subsecond offset range. It can be black (no calls), green (tens of "
        "calls/s), yellow (hundreds of calls/s) or red (Thousands of calls/s). Use this chisel in conjunction with"
        " filters to visualize latencies for certain processes, types of I/O activity, file systems, etc."
    )
    arguments = (ChiselArgument("refresh_time", "chart refresh time in milliseconds", "int", is_optional=True),)
    fields = ("evt.rawtime",)
    filter = "evt.dir=>"
    enter_events = True
    default_ms = 1000
    marks = 10
    empty = f"{ESCAPE}48;5;0m{ESCAPE}48;5;0m "

    def set_up(self) -> None:
        """Prints the heading."""
        super().set_up()
        self._longest_mark = len(self._mark(0.9))
        self.print("Tracing syscalls... red (hot) == high frequency <-> green == low frequency.\n")

    def on_event(self, *values: Any) -> object:
        """Counts it."""
        self.count(math.floor(float(values[0]) * 1000 / self.refresh_ns % 1000 / 1000 * self.width))
        return True

    def axis(self) -> str:
        """Tenths of the range."""
        line = ""
        while len(line) < self.width:
            tenth = math.floor(len(line) * self.marks / self.width)
            is_mark = tenth != math.floor((len(line) - 1) * self.marks / self.width)
            line += self._mark(tenth) if is_mark and len(line) <= self.width - self._longest_mark else " "
        return line

    def _mark(self, tenth: float) -> str:
        return f"|{number(tenth * self.refresh_ns / 10_000_000)}ms"

    def finish(self) -> None:
        """Ends the colours."""
        if hasattr(self, "run"):
            self.print(RESET)
            self.environment.write(SHOW_CURSOR)


CHISELS = (Spectrogram, SubsecondOffset)
