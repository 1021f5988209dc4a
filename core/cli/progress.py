"""How far the reading of a capture has come, in one line on a terminal's stderr."""

from __future__ import annotations

import sys
import time

from tracer.core._engine import NativeSource, Session

QUIET_S = 0.5
"""Reads shorter than this show nothing."""

ERASE_LINE = "\x1b[K"


class Progress:
    """Call it after each slice of a session; `clear` takes the line away.

    The cursor is left at the line's start, so that what is printed next overwrites it.
    """

    def __init__(self, source: NativeSource, name: str) -> None:
        self._source = source
        self._name = name
        self._start = time.monotonic()
        self._shown = False

    def __call__(self, session: Session) -> None:
        """Shows how far the source has come, if it knows."""
        fraction = self._source.progress
        elapsed_s = time.monotonic() - self._start
        if fraction < 0 or elapsed_s < QUIET_S:
            return
        speed = session.events_read / elapsed_s
        text = f"{self._name}: {fraction:4.0%}, {session.events_read:,} events, {speed:,.0f} a second"
        self._write(f"{ERASE_LINE}{text}\r")
        self._shown = True

    def clear(self) -> None:
        """Takes the line away."""
        if self._shown:
            self._write(ERASE_LINE)
            self._shown = False

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
