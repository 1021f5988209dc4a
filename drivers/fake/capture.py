"""Plays a capture file."""

from __future__ import annotations

from collections.abc import Iterator

from tracer.core._engine import CaptureSource, NativeSource
from tracer.core.driver import Statistics
from tracer.drivers.fake.options import ReplayOptions
from tracer.drivers.fake.replay import BATCH_BYTES, Replay, Section


class CaptureReplay(Replay):
    """A capture file. With no option set the engine reads it by itself."""

    def __init__(self, path: str, options: ReplayOptions) -> None:
        """Raises OSError, FormatError."""
        self._capture = CaptureSource(path)
        super().__init__(_CaptureRecording(path, self._capture), options)

    def native(self) -> NativeSource | None:
        """The engine's reader, unless there is something to be done to the events on their way."""
        return self._capture if self._is_plain else None

    def statistics(self) -> Statistics:
        """What the engine's reader counted, or what was played."""
        if not self._is_plain:
            return super().statistics()
        seen = int(self._capture.statistics["seen"])
        return Statistics(seen=seen, emitted=seen)

    @property
    def _is_plain(self) -> bool:
        return self._options == ReplayOptions()


class _CaptureRecording:
    """A capture file, opened again for each round but the first."""

    def __init__(self, path: str, opened: CaptureSource) -> None:
        self._path = path
        self._opened: CaptureSource | None = opened

    def sections(self) -> Iterator[Section]:
        """The sections of the file: more than one if captures were joined."""
        capture = self._opened or CaptureSource(self._path)
        self._opened = None
        batch = capture.read_batch(BATCH_BYTES)

        def batches(section: int) -> Iterator[bytes]:
            nonlocal batch
            while batch is not None and capture.section == section:
                yield batch
                batch = capture.read_batch(BATCH_BYTES)

        while batch is not None:
            yield Section(capture.table_blocks(), batches(capture.section))
