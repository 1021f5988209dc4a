"""Plays events at a chosen speed, over and over or in part, with faults where they are asked for."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Protocol

from tracer.core.driver import Plan, Statistics
from tracer.core.records import SECTION_START, iterate_frames, record_time, shift_time
from tracer.core.records.encode import FRAME_HEADER
from tracer.drivers.fake import faults
from tracer.drivers.fake.options import ReplayOptions

BATCH_BYTES = 1 << 16
RECORD_AT = FRAME_HEADER.size


@dataclass(frozen=True)
class Section:
    """A stretch of events with the tables that it begins with."""

    tables: bytes
    """The machine, users, processes and descriptors, as scap metadata blocks."""
    batches: Iterable[bytes]
    """Frames back to back, to be taken before the next section is."""


class Recording(Protocol):
    """Events that can be played from the beginning, any number of times."""

    def sections(self) -> Iterator[Section]:
        """Begins anew."""


class Replay:
    """A source (see tracer.core.driver.Source) that plays a recording."""

    def __init__(self, recording: Recording, options: ReplayOptions) -> None:
        self._recording = recording
        self._options = options
        self._statistics = Statistics()
        self._random = Random(options.seed)
        self._items = self._play()
        self._next: bytes | Section | None = None
        self._tables: bytes | None = None
        self._section_begins = False
        self._failure: Exception | None = None
        self._began: tuple[float, int] | None = None  # when play began, and the time of the event that it began with
        self._held_until = 0.0

    def tables(self) -> bytes:
        """The tables of the section that is played; at first, of the first one."""
        if self._tables is None:
            self._enter_section()
            self._section_begins = False
        return self._tables or b""

    def read(self, timeout_s: float) -> bytes | None:
        """Frames that are due, at most about 64 KiB; waits up to `timeout_s` for one."""
        self.tables()
        give_up = time.monotonic() + timeout_s
        batch = bytearray()
        while len(batch) < BATCH_BYTES:
            if batch and isinstance(self._fetch(), Section):
                break  # the engine asks for the tables when it meets the first frame of the section
            self._enter_section()
            frame = self._fetch()
            if not isinstance(frame, bytes):
                break
            due = self._due(frame)
            now = time.monotonic()
            if due > now and (batch or now >= give_up):
                return bytes(batch)
            if due > now:
                time.sleep(min(due, give_up) - now)
                continue
            batch += self._handed_over(frame)
        if batch:
            return bytes(batch)
        if self._failure:
            # Not kept: its traceback leads to whoever holds this source.
            failure, self._failure = self._failure, None
            raise failure
        return None

    def replan(self, plan: Plan) -> None:
        """Changes nothing: what was recorded is what there is."""

    def statistics(self) -> Statistics:
        """`seen` counts events played so far; drops are injected ones. Events `drop` count as neither."""
        return self._statistics

    def close(self) -> None:
        """Ends the replay."""
        self._items = iter(())
        self._next = None

    def _fetch(self) -> bytes | Section | None:
        """The next frame or section, without taking it. An error is kept until what came before is handed over."""
        if self._next is None and self._failure is None:
            try:
                self._next = next(self._items, None)
            except Exception as error:
                self._failure = error
                self._items = iter(())
            if self._options.delay and isinstance(self._next, bytes) and self._random.random() < self._options.delay:
                self._held_until = time.monotonic() + self._options.delay_ms / 1000
        return self._next

    def _enter_section(self) -> None:
        """Takes the sections that come next; of those without an event only the last one's tables count."""
        while isinstance(section := self._fetch(), Section):
            self._tables = section.tables
            self._section_begins = True
            self._next = None

    def _handed_over(self, frame: bytes) -> bytes:
        self._next = None
        cpu, flags = FRAME_HEADER.unpack_from(frame)
        if not faults.is_drop(frame):
            self._statistics.emitted += 1
            faults.counts_of(self._statistics, cpu).emitted += 1
        if not self._section_begins:
            return frame
        self._section_begins = False
        return FRAME_HEADER.pack(cpu, flags | SECTION_START) + frame[RECORD_AT:]

    def _due(self, frame: bytes) -> float:
        """When a frame is to be handed over, on the monotonic clock."""
        if not self._options.speed:
            return self._held_until
        at = record_time(frame, RECORD_AT)
        if self._began is None:
            self._began = (time.monotonic(), at)
        began, first = self._began
        return max(self._held_until, began + (at - first) / 1e9 / self._options.speed)

    def _play(self) -> Iterator[bytes | Section]:
        """All sections, each followed by its frames, faults included, without the waiting."""
        left = self._options.count
        for section in self._rounds():
            yield section
            for frame in self._harmed(frame for batch in section.batches for frame in iterate_frames(batch)):
                yield frame
                if faults.is_drop(frame):
                    continue
                left -= 1
                if left == 0:
                    return

    def _harmed(self, frames: Iterable[bytes]) -> Iterable[bytes]:
        options = self._options
        frames = self._counted(frames)
        if options.drop:
            frames = faults.drop(frames, options.drop, self._random, self._statistics)
        if options.reorder:
            frames = faults.reorder(frames, options.reorder, self._random)
        if options.truncate:
            frames = faults.truncate(frames, options.truncate, self._random)
        return frames

    def _counted(self, frames: Iterable[bytes]) -> Iterator[bytes]:
        for frame in frames:
            if not faults.is_drop(frame):
                self._statistics.seen += 1
                faults.counts_of(self._statistics, FRAME_HEADER.unpack_from(frame)[0]).seen += 1
            yield frame

    def _rounds(self) -> Iterator[Section]:
        """The sections of every round; each round's times follow those of the round before."""
        clock = _RoundClock()
        for number in itertools.count():
            if self._options.loop and number >= self._options.loop:
                return
            clock.begin_round()
            for section in self._recording.sections():
                yield Section(section.tables, map(clock.shifted, section.batches))
            if clock.is_silent:
                return


class _RoundClock:
    """Moves the times of each round behind those of the round before."""

    def __init__(self) -> None:
        self._latest = 0
        self._shift: int | None = 0

    def begin_round(self) -> None:
        self._shift = None

    @property
    def is_silent(self) -> bool:
        """True if the round had no event: then no round will have one."""
        return self._shift is None

    def shifted(self, batch: bytes) -> bytes:
        """The frames of a batch, moved."""
        frames = list(iterate_frames(batch))
        if frames and self._shift is None:
            self._shift = self._latest + 1 - record_time(frames[0], RECORD_AT) if self._latest else 0
        if self._shift:
            frames = [shift_time(frame, RECORD_AT, self._shift) for frame in frames]
        self._latest = max([self._latest, *(record_time(frame, RECORD_AT) for frame in frames)])
        return b"".join(frames) if self._shift else batch
