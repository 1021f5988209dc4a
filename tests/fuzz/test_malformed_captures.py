"""Captures damaged at random: what comes before the damage is read, then there is one error or none, and no more."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import capture_builder as build
from tracer.core._engine import CaptureSource, FormatError, Session
from tracer.core._engine import Format as OutputFormat

CAPTURE = Path(__file__).parent.parent / "captures" / "08-filter-cat.scap"
SEED = int(os.environ.get("FUZZ_SEED", "1"))
ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "300"))
LARGE_BATCH = 1 << 24

pytestmark = pytest.mark.timeout(300)


def frames_of(path: Path, data: bytes) -> tuple[bytes, str]:
    """All events of a capture as one batch, and the error that ended them, if any."""
    path.write_bytes(data)
    source = CaptureSource(str(path))
    frames = b""
    try:
        while (batch := source.read_batch(LARGE_BATCH)) is not None:
            frames += batch
    except FormatError as error:
        return frames, str(error)
    return frames, ""


def frames_before(data: bytes, place: int) -> bytes:
    """The events of a capture in order whose blocks end before a place."""
    frames = b""
    for at, kind, body in build.blocks_of(data):
        if at + len(body) + 12 > place:
            break
        if kind == build.EVENT_V2:
            (length,) = struct.unpack_from("<I", body, 2 + 16)
            frames += body[:2] + bytes(4) + body[2 : 2 + length]
    return frames


def first_event(data: bytes) -> int:
    return next(at for at, kind, _ in build.blocks_of(data) if kind == build.EVENT_V2)


def damaged(data: bytes, chance: random.Random) -> Iterator[tuple[int, bytes]]:
    """Damaged copies, each with the place where its damage begins."""
    blocks = [(at, len(body) + 12) for at, _, body in build.blocks_of(data)]
    yield 0, b""
    while True:
        place = chance.randrange(len(data))
        at, size = chance.choice(blocks)
        lie = struct.pack("<I", chance.choice([0, 1, 11, 12, 0xFFFFFFFF, 0x7FFFFFFF, size + 4, size - 4, 2 * size]))
        yield place, data[:place]
        yield place, data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
        yield place, data[:place] + chance.randbytes(8) + data[place + 8 :]
        yield place, data[:place] + chance.randbytes(chance.randrange(1, 100)) + data[place:]
        yield place, data[:place] + data[place + chance.randrange(1, 100) :]
        yield at, data[: at + 4] + lie + data[at + 8 :]
        yield at, data[: at + 26] + lie + data[at + 30 :]


@pytest.fixture(scope="module")
def whole() -> bytes:
    return CAPTURE.read_bytes()


def test_all_events_before_the_damage_are_read(whole: bytes, tmp_path: Path):
    path = tmp_path / "capture.scap"
    start = first_event(whole)
    errors = 0
    for (place, data), _ in zip(damaged(whole, random.Random(SEED)), range(ROUNDS), strict=False):
        frames, error = frames_of(path, data)
        if place > start:
            assert frames.startswith(frames_before(whole, place)), f"damaged at {place}: {error}"
        if error:
            errors += 1
            assert 0 <= int(error.rsplit(" at byte ", 1)[1]) <= len(data)
    assert errors > ROUNDS // 4


def test_gzip_that_is_damaged_gives_a_beginning_of_the_events(whole: bytes, tmp_path: Path):
    path = tmp_path / "capture.scap"
    compressed = build.gzipped(whole[: len(whole) // 2], whole[len(whole) // 2 :])
    middle = frames_before(whole, len(whole) // 2 - 65536)
    chance = random.Random(SEED)
    for _ in range(ROUNDS // 4):
        place = chance.randrange(2, len(compressed))
        cut, error = frames_of(path, compressed[:place])
        assert error
        assert frames_before(whole, len(whole)).startswith(cut)
        flipped = compressed[:place] + bytes([compressed[place] ^ 1 << chance.randrange(8)]) + compressed[place + 1 :]
        frames, error = frames_of(path, flipped)
        assert error or frames == frames_before(whole, len(whole))
        if place > len(build.gzipped(whole[: len(whole) // 2])):
            assert frames.startswith(middle)


def test_damaged_captures_are_printed_as_far_as_they_are_read(whole: bytes, tmp_path: Path):
    path = tmp_path / "capture.scap"
    line = OutputFormat.line("*%evt.num %evt.time %proc.name %proc.cmdline %evt.type %evt.args %fd.name %user.name")
    with Path(os.devnull).open("w") as null:
        for (_, data), _ in zip(damaged(whole, random.Random(SEED + 1)), range(ROUNDS), strict=False):
            path.write_bytes(data)
            session = Session(CaptureSource(str(path)))
            try:
                while session.run(format=line, output_fd=null.fileno(), timeout_ms=10_000):
                    pass
            except FormatError:
                continue
            assert session.ended
