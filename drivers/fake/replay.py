"""Plays events at a chosen speed, over and over or in part, with faults where they are asked for."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import TYPE_CHECKING, Protocol

from tracer.core.driver import Plan, Statistics
from tracer.core.records.encode import FRAME_HEADER, iterate_frames, record_time, shift_time
from tracer.drivers.fake import faults
from tracer.drivers.fake.options import ReplayOptions

if TYPE_CHECKING:
    from tracer.core._engine import CaptureSource, NativeSource

BATCH_BYTES = 1 << 16
RECORD_AT = FRAME_HEADER.size


class Recording(Protocol):
    """Events that can be played once, from the beginning."""

    def table_blocks(self) -> bytes:
        """The machine, users, processes and descriptors at the start, as scap metadata blocks."""

    def read_batch(self, max_bytes: int) -> bytes | None:
        """The next frames, about `max_bytes` of them; None when there are no more."""


class Replay:
    """A source (see tracer.core.driver.Source) that plays a recording; `open_recording` begins it anew each round."""

    def __init__(self, open_recording: Callable[[], Recording], options: ReplayOptions) -> None:
        self._open = open_recording
        self._options = options
        self._first: Recording = open_recording()
        self._statistics = Statistics()
        self._random = Random(options.seed)
        self._frames: Iterator[bytes] = self._play()
        self._next: bytes | None = None
        self._failure: Exception | None = None
        self._began = (0.0, 0)  # when play began, and the time of the event that it began with
        self._held_until = 0.0

    def tables(self) -> bytes:
        """The tables that the recording begins with."""
        return self._first.table_blocks()

    def read(self, timeout_s: float) -> bytes | None:
        """Frames that are due, at most about 64 KiB; waits up to `timeout_s` for one."""
        batch = bytearray()
        give_up = time.monotonic() + timeout_s
        while len(batch) < BATCH_BYTES and self._fetch():
            assert self._next is not None
            wait = self._due(self._next) - time.monotonic()
            if wait > 0:
                if batch:
                    break
                time.sleep(max(0, min(wait, give_up - time.monotonic())))
                if wait > give_up - time.monotonic() and time.monotonic() >= give_up:
                    break
                continue
            batch += self._next
            self._statistics.emitted += 1
            self._next = None
        if not batch and self._next is None:
            if self._failure:
                raise self._failure
            return None
        return bytes(batch)

    def replan(self, plan: Plan) -> None:
        """Changes nothing: what was recorded is what there is."""

    def statistics(self) -> Statistics:
        """`seen` counts events played so far; drops are injected ones."""
        return self._statistics

    def close(self) -> None:
        """Ends the replay."""
        self._frames = iter(())
        self._next = None

    def _fetch(self) -> bool:
        """True if there is a next frame. An error is kept until the frames before it are handed over."""
        if self._next is None and self._failure is None:
            try:
                self._next = next(self._frames, None)
            except Exception as error:
                self._failure = error
                return False
            if self._next is not None and self._options.delay and self._random.random() < self._options.delay:
                self._held_until = time.monotonic() + self._options.delay_ms / 1000
        return self._next is not None

    def _due(self, frame: bytes) -> float:
        """When a frame is to be handed over, on the monotonic clock."""
        if not self._options.speed:
            return self._held_until
        at = record_time(frame, RECORD_AT)
        if not self._began[0]:
            self._began = (time.monotonic(), at)
        began, first = self._began
        return max(self._held_until, began + (at - first) / 1e9 / self._options.speed)

    def _play(self) -> Iterator[bytes]:
        """All frames, faults included, without the waiting."""
        options = self._options
        frames = self._counted(self._rounds())
        if options.drop:
            frames = faults.drop(frames, options.drop, self._random, self._statistics)
        if options.reorder:
            frames = faults.reorder(frames, options.reorder, self._random)
        if options.truncate:
            frames = faults.truncate(frames, options.truncate, self._random)
        return itertools.islice(frames, options.count) if options.count else frames

    def _counted(self, frames: Iterator[bytes]) -> Iterator[bytes]:
        for frame in frames:
            self._statistics.seen += 1
            yield frame

    def _rounds(self) -> Iterator[bytes]:
        """The frames of every round; each round's times follow those of the round before."""
        shift = latest = 0
        for number in itertools.count():
            if self._options.loop and number >= self._options.loop:
                return
            recording = self._first if number == 0 else self._open()
            first = None
            while (batch := recording.read_batch(BATCH_BYTES)) is not None:
                for frame in iterate_frames(batch):
                    if first is None:
                        first = record_time(frame, RECORD_AT)
                        shift = latest + 1 - first if number else 0
                    shifted = shift_time(frame, RECORD_AT, shift) if shift else frame
                    latest = max(latest, record_time(shifted, RECORD_AT))
                    yield shifted
            if first is None:
                return


class CaptureReplay(Replay):
    """Plays a capture file. With no option set the engine reads the file itself."""

    def __init__(self, open_capture: Callable[[], CaptureSource], options: ReplayOptions) -> None:
        self._capture = open_capture()
        opened = [self._capture]
        super().__init__(lambda: opened.pop() if opened else open_capture(), options)

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
