"""Faults on purpose: each takes frames (u16 CPU, u32 flags, record) and gives frames, some of them harmed."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from fractions import Fraction
from random import Random

from tracer.core.driver import Statistics
from tracer.core.records.encode import FRAME_HEADER, RECORD_HEADER, record_code
from tracer.core.schema.tables import EVENT_TYPES

RECORD_AT = FRAME_HEADER.size


def drop(frames: Iterable[bytes], share: Fraction, random: Random, statistics: Statistics) -> Iterator[bytes]:
    """Loses a share of the frames and counts them as dropped, for the reason "injected"."""
    for frame in frames:
        if random.random() < share:
            name = _event_name(frame)
            statistics.dropped += 1
            statistics.drops["injected"] = statistics.drops.get("injected", 0) + 1
            statistics.drops_by_syscall[name] = statistics.drops_by_syscall.get(name, 0) + 1
        else:
            yield frame


def reorder(frames: Iterable[bytes], share: Fraction, random: Random) -> Iterator[bytes]:
    """Swaps a share of the frames with the frame that follows."""
    held = None
    for frame in frames:
        if held is not None:
            yield frame
            yield held
            held = None
        elif random.random() < share:
            held = frame
        else:
            yield frame
    if held is not None:
        yield held


def truncate(frames: Iterable[bytes], share: Fraction, random: Random) -> Iterator[bytes]:
    """Cuts the values of a share of the records at a random byte.

    The records stay well formed: a value that the cut goes through is shorter than its type, later ones are gone.
    """
    for frame in frames:
        yield _cut(frame, random) if random.random() < share else frame


def _cut(frame: bytes, random: Random) -> bytes:
    time, tid, length, code, count = RECORD_HEADER.unpack_from(frame, RECORD_AT)
    if code >= len(EVENT_TYPES):
        return frame
    width = 4 if "large_payload" in EVENT_TYPES[code].flags else 2
    lengths_at = RECORD_AT + RECORD_HEADER.size
    values_at = lengths_at + count * width
    total = RECORD_AT + length - values_at
    if total <= 0:
        return frame
    left = random.randrange(total)
    values = frame[values_at : values_at + left]
    kept = []
    for (size,) in struct.iter_unpack("<I" if width == 4 else "<H", frame[lengths_at:values_at]):
        kept.append(min(size, left))
        left -= kept[-1]
        if left == 0:
            break
    lengths = struct.pack(f"<{len(kept)}{'I' if width == 4 else 'H'}", *kept)
    size = RECORD_HEADER.size + len(lengths) + len(values)
    header = RECORD_HEADER.pack(time, tid, size, code, len(kept))
    return frame[:RECORD_AT] + header + lengths + values


def _event_name(frame: bytes) -> str:
    code = record_code(frame, RECORD_AT)
    return EVENT_TYPES[code].name if code < len(EVENT_TYPES) else f"type {code}"
