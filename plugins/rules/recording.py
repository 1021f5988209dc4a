"""Captures that begin with a match, of rules that ask for it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tracer.plugins.rules.compiler import CompiledRule
from tracer.plugins.rules.settings import Settings

if TYPE_CHECKING:
    from tracer import Event, EventStream
    from tracer.core._engine import CaptureWriter


class AlertRecorder:
    """Records all events for a while after a match; another match makes the while longer, not the files more."""

    def __init__(self, settings: Settings) -> None:
        self._is_enabled = settings.flag("capture", "enabled")
        self._all_rules = settings.text("capture", "mode") == "all_rules"
        self._prefix = settings.text("capture", "path_prefix")
        self._duration_ns = int(settings.number("capture", "default_duration") * 1e6)
        self._end_ns = 0
        self.writer: CaptureWriter | None = None
        """Where events go now; None for nowhere."""

    def on_match(self, rule: CompiledRule, event: Event, stream: EventStream) -> None:
        """A rule has matched."""
        if not self._is_enabled or not (self._all_rules or rule.info.capture):
            return
        duration_ns = rule.info.capture_duration_ms * 1_000_000 or self._duration_ns
        self._end_ns = max(self._end_ns, event.time + duration_ns)
        if self.writer is None:
            path = f"{self._prefix}_{event.time}_{event.number}.scap"
            try:
                self.writer = stream.write_capture(path)
            except OSError as error:
                print(f"tracer: {path}: {error.strerror}", file=sys.stderr)

    def on_time(self, time_ns: int) -> None:
        """The stream has reached this moment, in nanoseconds since the epoch."""
        if self.writer is not None and time_ns > self._end_ns:
            self.close()

    def close(self) -> None:
        """Ends the capture."""
        writer, self.writer = self.writer, None
        if writer is not None:
            writer.close()
