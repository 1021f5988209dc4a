"""Plays a capture file with something done to its events."""

from __future__ import annotations

from collections.abc import Iterator

from tracer.core._engine import CaptureSource
from tracer.drivers.fake.options import ReplayOptions
from tracer.drivers.fake.replay import BATCH_BYTES, Replay, Section


class CaptureReplay(Replay):
    """A capture file, batch by batch."""

    def __init__(self, path: str, options: ReplayOptions, opened: CaptureSource | None = None) -> None:
        """`opened` is the file if that is open already. Raises OSError, FormatError."""
        super().__init__(_CaptureRecording(path, opened or CaptureSource(path)), options)


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
