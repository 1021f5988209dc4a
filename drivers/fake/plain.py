"""A capture file, played as it is."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tracer.core._engine import CaptureSource, NativeSource
from tracer.core.driver import Plan, Statistics

if TYPE_CHECKING:
    from tracer.drivers.fake.replay import Replay


class PlainCapture:
    """A capture file with nothing done to its events: the engine reads it by itself."""

    def __init__(self, path: str, follow: bool = False) -> None:
        """`follow`: at the end, wait for more to be written to the file. Raises OSError, FormatError."""
        self._path = path
        self._capture = CaptureSource(path, follow)

    def native(self) -> NativeSource:
        """The engine's reader."""
        return self._capture

    @cached_property
    def _batches(self) -> Replay:
        # Few ask for batches; what plays them takes longer to load than a small capture to read.
        from tracer.drivers.fake.capture import CaptureReplay
        from tracer.drivers.fake.options import ReplayOptions

        return CaptureReplay(self._path, ReplayOptions(), self._capture)

    def tables(self) -> bytes:
        """The tables of the section that is played; at first, of the first one."""
        return self._batches.tables()

    def read(self, timeout_s: float) -> bytes | None:
        """Frames, at most about 64 KiB; None when there are no more."""
        return self._batches.read(timeout_s)

    def replan(self, plan: Plan) -> None:
        """Changes nothing: what was recorded is what there is."""

    def statistics(self) -> Statistics:
        """What the engine's reader counted."""
        seen = int(self._capture.statistics["seen"])
        return Statistics(seen=seen, emitted=seen)

    def close(self) -> None:
        """Ends the replay."""
        if "_batches" in self.__dict__:
            self._batches.close()
