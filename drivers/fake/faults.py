"""Faults on purpose: each takes frames (u16 CPU, u32 flags, record) and gives frames, some of them harmed."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from fractions import Fraction
from random import Random

from tracer.core.driver import Counts, Statistics
from tracer.core.records.encode import FRAME_HEADER, RECORD_HEADER, encode_frame, encode_record, record_code
from tracer.core.schema.tables import EVENT_TYPE_BY_ENUM, EVENT_TYPES

RECORD_AT = FRAME_HEADER.size
DROP = EVENT_TYPE_BY_ENUM["DROP_E"]


def drop(frames: Iterable[bytes], share: Fraction, random: Random, statistics: Statistics) -> Iterator[bytes]:
    """Loses a share of the frames and counts them as dropped, for the reason "injected".

    As with a kernel's buffers, an event `drop` comes before the next frame of the same CPU and says how many are gone.
    """
    lost: dict[int, int] = {}
    time = 0
    for frame in frames:
        if is_drop(frame):
            yield frame
            continue
        (cpu, _), (time, tid, *_) = FRAME_HEADER.unpack_from(frame), RECORD_HEADER.unpack_from(frame, RECORD_AT)
        if random.random() < share:
            name = _event_name(frame)
            lost[cpu] = lost.get(cpu, 0) + 1
            statistics.dropped += 1
            counts_of(statistics, cpu).dropped += 1
            statistics.drops["injected"] = statistics.drops.get("injected", 0) + 1
            statistics.drops_by_syscall[name] = statistics.drops_by_syscall.get(name, 0) + 1
        else:
            if cpu in lost:
                yield _drop_frame(cpu, time, tid, lost.pop(cpu))
            yield frame
    for cpu in sorted(lost):
        yield _drop_frame(cpu, time, 0, lost[cpu])


def is_drop(frame: bytes) -> bool:
    """Whether it is an event that `drop` made, or another driver before."""
    return record_code(frame, RECORD_AT) == DROP.code


def counts_of(statistics: Statistics, cpu: int) -> Counts:
    """The counts of one CPU."""
    return statistics.by_cpu.setdefault(cpu, Counts())


def _drop_frame(cpu: int, time: int, tid: int, lost: int) -> bytes:
    return encode_frame(encode_record(DROP, time, tid, {"ratio": lost}), cpu)


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
