"""The state that current streams give (exit events that carry everything) is the one that older streams give."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracer
from tracer.core._engine import CaptureSource
from tracer.core.records import encode_frame, iterate_frames
from tracer.core.schema.tables import EVENT_TYPES, EventType
from tracer.drivers.fake.capture import _CaptureRecording
from tracer.drivers.fake.options import ReplayOptions
from tracer.drivers.fake.replay import Recording, Replay, Section

HEADER = struct.Struct("<QqIHI")
FRAME_HEADER_BYTES = 6
BATCH_BYTES = 1 << 16
FIELDS = ("proc.name", "proc.pid", "proc.ppid", "proc.exepath", "proc.cwd", "user.uid", "fd.num", "fd.name", "fd.type")
EARLY_NAMES = ("SYSCALL_OPEN_E", "SYSCALL_CREAT_E", "SYSCALL_OPENAT_2_E", "SYSCALL_OPENAT2_E", "SOCKET_CONNECT_E")
"""The enter events that current drivers still send."""
NEWLY_ABOUT_DESCRIPTORS = ("mmap", "mmap2", "symlinkat", "unlinkat", "mkdirat", "fchmod", "fchmodat", "setsockopt")
"""Calls whose events have a descriptor in current streams, and in older ones, as sysdig 0.29.3 reads them, none."""


def split(frame: bytes) -> tuple[int, int, EventType, list[bytes]]:
    """Time, thread, type and parameters of a v2 record in its frame."""
    time, tid, _, code, count = HEADER.unpack_from(frame, FRAME_HEADER_BYTES)
    at = FRAME_HEADER_BYTES + HEADER.size
    kind = EVENT_TYPES[code]
    width = 4 if "large_payload" in kind.flags else 2
    lengths = struct.unpack_from(f"<{count}{'I' if width == 4 else 'H'}", frame, at)
    at += width * count
    params = []
    for length in lengths:
        params.append(frame[at : at + length])
        at += length
    return time, tid, kind, params


def join(time: int, tid: int, kind: EventType, params: list[bytes]) -> bytes:
    lengths = struct.pack(f"<{len(params)}H", *map(len, params))
    size = HEADER.size + len(lengths) + sum(map(len, params))
    return b"".join([HEADER.pack(time, tid, size, kind.code, len(params)), lengths, *params])


class Folded:
    """A recording in the current shape: what an enter event told moves into the exit event."""

    def __init__(self, recording: Recording, keep: tuple[str, ...]) -> None:
        self._recording = recording
        self._keep = keep
        self._enters: dict[int, tuple[EventType, list[bytes]]] = {}

    def sections(self) -> Iterator[Section]:
        for section in self._recording.sections():
            yield Section(section.tables, (b"".join(self._fold(batch)) for batch in section.batches))

    def _fold(self, batch: bytes) -> Iterator[bytes]:
        for frame in iterate_frames(batch):
            time, tid, kind, params = split(frame)
            exit_kind = EVENT_TYPES[kind.code | 1]
            if "syscall" not in kind.categories or "old_version" in exit_kind.flags:
                yield frame
            elif kind.is_enter:
                self._enters[tid] = kind, params
                if kind.enum in self._keep:
                    yield frame
            else:
                enter, given = self._enters.pop(tid, (kind, []))
                by_name = dict(zip((param.name for param in enter.params), given, strict=False))
                if enter.code + 1 == kind.code:
                    params += [by_name.get(param.name, b"") for param in kind.params[len(params) :]]
                yield encode_frame(join(time, tid, kind, params), frame[0])


def state_at_exits(recording: Recording) -> list[tuple[object, ...]]:
    with tracer.play(Replay(recording, ReplayOptions())) as events:
        return [
            (event.time, event.tid, event.type_code, *(event[field] for field in FIELDS))
            for event in events
            if not event.is_enter and event.name not in NEWLY_ABOUT_DESCRIPTORS
        ]


@pytest.mark.parametrize("keep", [(), EARLY_NAMES], ids=["no enter events", "enter events that name paths"])
def test_exit_events_that_carry_everything_give_the_same_state_as_pairs_of_events(
    captures: Path, keep: tuple[str, ...]
) -> None:
    for capture in sorted(captures.glob("*.scap*")):
        pairs = state_at_exits(_CaptureRecording(str(capture), CaptureSource(str(capture))))
        folded = state_at_exits(Folded(_CaptureRecording(str(capture), CaptureSource(str(capture))), keep))
        assert len(pairs) > 100
        assert folded == pairs
