"""Chisels that get whole events, run as those that get rows are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracer.core.chisel import ChiselRun, RowChisel, Tick
from tracer.core.needs import both, filter_text

if TYPE_CHECKING:
    from tracer.core.plugin import ChiselEnvironment, Needs, RunningChisel

NO_INTERNAL_EVENTS = "not evt.category=internal"


class EventChisel(RowChisel):
    """A `RunningChisel` as a chisel that wants rows without fields, and takes the event of each."""

    exact_interval = True
    follows_state = True

    def __init__(self, chisel: RunningChisel, environment: ChiselEnvironment) -> None:
        self._chisel = chisel
        self._needs = chisel.needs()
        self.name = getattr(chisel, "name", type(chisel).__name__)
        self.summary = ""
        self.filter = both(NO_INTERNAL_EVENTS, filter_text(self._needs))
        self.interval_ns = chisel.interval_ns
        super().__init__((), environment)

    def needs(self) -> Needs:
        """What the chisel says."""
        return self._needs

    def start(self, run: ChiselRun) -> None:
        """Starts it."""
        super().start(run)
        self._chisel.start(run.events)

    def on_event(self, *values: Any) -> object:
        """Hands it the event."""
        self._chisel.on_event(self.run.event())
        return True

    def on_interval(self, tick: Tick, *values: Any) -> None:
        """Tells it the time."""
        self._chisel.on_interval(tick.time_ns + tick.delta_ns)

    def finish(self) -> None:
        """Tells it that the stream has ended, and when its last event was."""
        self._chisel.finish(self.run.last_time_ns if hasattr(self, "run") else 0)


def as_row_chisel(running: RunningChisel | RowChisel, environment: ChiselEnvironment) -> RowChisel:
    """Whatever it is as a chisel that gets rows."""
    return running if isinstance(running, RowChisel) else EventChisel(running, environment)
