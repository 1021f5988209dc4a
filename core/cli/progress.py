"""How far the reading of a capture has come, in one line on a terminal's stderr."""

from __future__ import annotations

import sys
import time

from tracer.core._engine import NativeSource, Session

QUIET_S = 0.5
"""Reads shorter than this show nothing."""

REDRAW_S = 0.1

ERASE_LINE = "\x1b[K"


class Progress:
    """Call it after each slice of a session; `clear` takes the line away.

    The cursor is left at the line's start, so that what is printed next overwrites it.
    """

    def __init__(self, source: NativeSource, name: str) -> None:
        self._source = source
        self._name = name
        self._start = time.monotonic()
        self._next = self._start + QUIET_S
        self._shown = False

    def __call__(self, session: Session) -> None:
        """Shows how far the source has come, if it knows."""
        fraction = self._source.progress
        now = time.monotonic()
        if fraction < 0 or now < self._next:
            return
        self._next = now + REDRAW_S
        elapsed_s = now - self._start
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
