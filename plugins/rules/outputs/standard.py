"""Alerts on standard output."""

from __future__ import annotations

import sys

from tracer.plugins.rules.alerts import Alert
from tracer.plugins.rules.settings import Settings


class StandardOutput:
    """A line for each alert."""

    name = "stdout"
    may_wait = False

    def __init__(self, settings: Settings) -> None:
        self._is_buffered = settings.flag("buffered_outputs")

    def send(self, alert: Alert) -> None:
        """See Output."""
        sys.stdout.buffer.write(alert.line.encode() + b"\n")
        if not self._is_buffered:
            sys.stdout.flush()

    def close(self) -> None:
        """See Output."""
        sys.stdout.flush()
