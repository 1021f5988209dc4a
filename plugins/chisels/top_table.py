"""Tables of the keys with the largest values, as `top...` chisels print them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from tracer.core.chisel import NS_PER_S, ChiselRun, Row, RowChisel, Tick
from tracer.plugins.chisels.json_text import encode
from tracer.plugins.chisels.text import (
    CLEAR_SCREEN,
    HIDE_CURSOR,
    SHOW_CURSOR,
    TO_TOP,
    duration,
    extend,
    hundredths,
    number,
    size,
    text_of,
)

COLUMN = 20
"""Width of all columns but the last."""

RULE = "-" * 80

VALUE_PLACE = 2
"""Where JSON tells of the value among the keys, or behind them."""


class Column(NamedTuple):
    """A key, or the value: a field and its heading."""

    field: str
    heading: str


class TopTable(RowChisel):
    """Adds a value up by keys, and prints the keys with the largest sums.

    Live it does so every second on a terminal and as JSON, else at the end.

    Rows consist of the keys, then the value. Of keys with the same sum, the one that was seen first comes first.
    """

    keys: Sequence[Column] = ()
    value: Column
    unit: str = "none"
    """What the value is: none, bytes, time (nanoseconds), or timepct (nanoseconds, as part of the time in all)."""
    most: int = 0
    """How many rows; 0 for all."""

    def set_up(self) -> None:
        """Asks for keys and value."""
        self.fields = (*(key.field for key in self.keys), self.value.field)
        self.totals: dict[Row, float] = {}

    def start(self, run: ChiselRun) -> None:
        """Begins to draw, if it is live."""
        super().start(run)
        if run.is_live and (self.environment.draws or self.environment.json):
            self.interval_ns = NS_PER_S
            self._draw(CLEAR_SCREEN + HIDE_CURSOR)

    def on_rows(self, rows: Collection[Row]) -> None:
        """Adds rows up."""
        totals = self.totals
        for row in rows:
            value = row[-1]
            if value is None or value <= 0:
                continue
            key = row[:-1]
            if key in totals:
                totals[key] += value
            elif None not in key:
                totals[key] = value

    def on_interval(self, tick: Tick, *values: Any) -> None:
        """Prints the table of the interval."""
        self._draw(CLEAR_SCREEN + TO_TOP)
        self.print_table(tick.time_ns, tick.delta_ns)
        self.totals.clear()

    def finish(self) -> None:
        """Prints the table of all, or leaves the screen as it ought to be."""
        if not hasattr(self, "run"):
            return
        if self.run.is_live and self.environment.draws:
            self._draw(CLEAR_SCREEN + TO_TOP + SHOW_CURSOR)
            return
        self.print_table(self.run.last_time_ns, self.run.last_time_ns - self.run.first_time_ns)

    def print_table(self, time_ns: int, elapsed_ns: int) -> None:
        """Prints the table of what was added up by `time_ns`, in `elapsed_ns`."""
        rows = sorted(self.final_totals().items(), key=lambda row: -row[1])
        if self.most:
            rows = rows[: self.most]
        if self.environment.json:
            self._print_json(rows, time_ns)
            return
        self.print("".join(extend(text, COLUMN) for text in (self.value.heading, *(key.heading for key in self.keys))))
        self.print(RULE)
        for key, value in rows:
            *first, last = map(text_of, key)
            self.print("".join(extend(text, COLUMN) for text in (self._value_text(value, elapsed_ns), *first)) + last)

    def final_totals(self) -> Mapping[Row, float]:
        """What is to be printed."""
        return self.totals

    def _value_text(self, value: float, elapsed_ns: int) -> str:
        if self.unit == "bytes":
            return size(value)
        if self.unit == "time":
            return duration(value)
        if self.unit == "timepct":
            return f"{hundredths(value / elapsed_ns * 100 if elapsed_ns > 0 else 0)}%"
        return number(value)

    def _print_json(self, rows: list[tuple[Row, float]], time_ns: int) -> None:
        info: list[dict[str, Any] | None] = [
            {"name": key.field, "desc": key.heading, "is_key": True} for key in self.keys
        ]
        info += [None] * (VALUE_PLACE + 1 - len(info))
        info[VALUE_PLACE] = {"name": self.value.field, "desc": self.value.heading, "is_key": False}
        data = [[*map(text_of, key), value] for key, value in rows]
        self.print(encode({"ts": str(time_ns // NS_PER_S * NS_PER_S), "data": data, "info": info}))

    def _draw(self, text: str) -> None:
        if self.environment.draws:
            self.environment.write(text)
