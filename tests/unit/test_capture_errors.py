"""Captures that are damaged: one clear error that names the place, after every event before it."""

from __future__ import annotations

import errno
import struct
from pathlib import Path

import pytest

from tests import capture_builder as build
from tracer.core._engine import CaptureSource, FormatError, Session

GOOD = build.section() + build.machine() + build.threads(9)
EVENT = build.close_enter()
RECORD = build.event(build.CLOSE_E, struct.pack("<q", 3))


def read(path: Path, data: bytes) -> tuple[int, str]:
    """How many events come, and the error that ends them."""
    path.write_bytes(data)
    session = Session(CaptureSource(str(path)))
    with pytest.raises(FormatError) as caught:
        while not session.ended:
            session.next()
    return session.events_read, str(caught.value)


def with_length(block: bytes, length: int) -> bytes:
    return block[:4] + struct.pack("<I", length) + block[8:]


def damaged_record(at: int, layout: str, value: int) -> bytes:
    record = bytearray(RECORD)
    struct.pack_into(layout, record, at, value)
    return build.event_block(bytes(record))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a capture: the file is empty at byte 0"),
        (b"\x0a", "not a capture: the file is too short at byte 0"),
        (b"#!/bin/sh\necho no\n", "not a capture: it begins with block type 0x622F2123 instead of a section header"),
        (build.section(magic=0x4D3C2B1A) + EVENT, "section header has a wrong magic number 0x4D3C2B1A at byte 0"),
        (build.section(major=2) + EVENT, "format version 2 is newer than this program at byte 0"),
        (build.section()[:20], "capture is cut off: incomplete block at byte 0"),
        (build.section(), "no events in the capture at byte 28"),
        (GOOD[:-1] + b"\xff" + EVENT, f"block length {len(build.threads(9))} is given as "),
        (build.section() + with_length(build.machine(), 11) + EVENT, "bad block length 11 at byte 28"),
        (build.section() + with_length(build.machine(), 0xFFFFFFFF) + EVENT, "bad block length 4294967295 at byte 28"),
        (
            build.section() + build.block(build.MACHINE, bytes(100)) + EVENT,
            "machine information is too short at byte 36",
        ),
        (
            build.section() + build.block(build.THREADS[9], struct.pack("<I", 9999) + bytes(100)) + EVENT,
            "bad process entry at byte 36",
        ),
        (
            build.section() + build.block(build.THREADS[9], struct.pack("<I", 3) + bytes(100)) + EVENT,
            "bad process entry at byte 36",
        ),
        (build.section() + build.block(build.THREADS[1], bytes(20)) + EVENT, "bad process entry at byte 36"),
        (
            build.section() + build.threads(9, build.ThreadFields(comm=b"x" * 1025)) + EVENT,
            "bad process entry at byte 36",
        ),
        (
            build.section() + build.block(build.DESCRIPTORS_V2, bytes(4)) + EVENT,
            "descriptor list is too short at byte 36",
        ),
        (
            GOOD + build.block(build.DESCRIPTORS, struct.pack("<q", 100) + build.descriptor(3, 77, bytes(9))) + EVENT,
            f"bad descriptor entry at byte {len(GOOD) + 16}",
        ),
        (
            build.section() + build.block(build.INTERFACES, struct.pack("<HH", 9, 0) + bytes(60)) + EVENT,
            "bad interface entry at byte 36",
        ),
        (
            build.section() + build.block(build.USERS_V2, struct.pack("<I", 99) + bytes(40)) + EVENT,
            "bad user or group entry at byte 36",
        ),
    ],
)
def test_damage_before_the_first_event_is_named(tmp_path: Path, data: bytes, message: str):
    events, said = read(tmp_path / "capture.scap", data)
    assert events == 0
    assert said.startswith(message)


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        (EVENT[:-1], "capture is cut off: incomplete block"),
        (EVENT[:5], "capture is cut off: incomplete block"),
        (with_length(EVENT, 39) + EVENT, "bad block length 39"),
        (with_length(EVENT, 65545) + bytes(1 << 17), "bad block length 65545"),
        (with_length(EVENT, 65544) + EVENT, "capture is cut off: incomplete block"),
        (struct.pack("<II", build.EVENT_V2_LARGE, 0xF0000000) + bytes(100), "bad block length 4026531840"),
        (struct.pack("<II", build.EVENT_V2_LARGE, 0x0FFFFFFF) + bytes(100), "capture is cut off: incomplete block"),
        (build.machine() + EVENT, "unexpected block type 0x201"),
        (struct.pack("<II", 0xDEADBEEF, 16) + bytes(8), "unexpected block type 0xDEADBEEF"),
        (damaged_record(16, "<I", len(RECORD) + 9), "event is longer than its block"),
        (damaged_record(16, "<I", 25), "event is shorter than its header"),
        (damaged_record(22, "<I", 5), "event parameters do not fit the event"),
        (damaged_record(22, "<I", 0xFFFFFFFF), "event parameters do not fit the event"),
        (damaged_record(26, "<H", 9), "event parameters do not fit the event"),
        (build.event_block(build.event(build.CLOSE_E, bytes(8), version=1)[:-4], build.EVENT), "event is longer"),
        (
            build.event_block(build.event(build.CLOSE_E, bytes(8), bytes(8), version=1), build.EVENT),
            "event parameters do not fit the event",
        ),
        (build.section()[:-1], "capture is cut off: incomplete block"),
    ],
)
@pytest.mark.parametrize("compress", [False, True])
def test_damage_after_events_is_named_after_they_came(tmp_path: Path, rest: bytes, message: str, compress: bool):
    data = GOOD + 3 * EVENT + rest
    events, said = read(tmp_path / "capture.scap", build.gzipped(data) if compress else data)
    assert events == 3
    assert said.startswith(message)
    assert said.endswith(f" at byte {len(GOOD) + 3 * len(EVENT)}")


def many_events(count: int) -> bytes:
    return GOOD + b"".join(build.close_enter(time=build.START + i * 7919 % 10007) for i in range(count))


def test_gzip_that_is_cut_gives_all_events_before_the_cut(tmp_path: Path):
    whole = build.gzipped(many_events(10_000))
    events, said = read(tmp_path / "capture.scap", whole[: len(whole) // 2])
    assert 4000 < events < 6000
    assert said.startswith("compressed data is cut off at byte ")
    offset = int(said.rsplit(maxsplit=1)[1])
    assert events == (offset - len(GOOD)) // len(EVENT)


def test_gzip_that_is_damaged_gives_all_events_before_the_damage(tmp_path: Path):
    whole = bytearray(build.gzipped(many_events(10_000)[: 5000 * len(EVENT)], many_events(0)))
    start = whole.rindex(b"\x1f\x8b\x08")
    whole[start + 10] = 0xFF  # a deflate block of the kind that does not exist
    events, said = read(tmp_path / "capture.scap", bytes(whole))
    assert events == (5000 * len(EVENT) - len(GOOD)) // len(EVENT)
    assert said.startswith("compressed data is damaged at byte ")


def test_a_wrong_checksum_of_gzip_is_told_after_all_events(tmp_path: Path):
    whole = bytearray(build.gzipped(many_events(1000)))
    whole[-8] ^= 1
    events, said = read(tmp_path / "capture.scap", bytes(whole))
    assert events == 1000
    assert said.startswith("compressed data has a wrong checksum at byte ")


def test_batches_before_the_damage_are_given(tmp_path: Path):
    path = tmp_path / "capture.scap"
    path.write_bytes(GOOD + 3 * EVENT + EVENT[:9])
    source = CaptureSource(str(path))
    assert source.read_batch(1 << 20) == 3 * (struct.pack("<HI", 0, 0) + RECORD)
    for _ in range(2):
        with pytest.raises(FormatError):
            source.read_batch(1 << 20)


def test_a_file_that_cannot_be_opened_is_an_os_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"missing\.scap"):
        CaptureSource(str(tmp_path / "missing.scap"))
    with pytest.raises(OSError) as caught:
        CaptureSource(str(tmp_path))
    assert caught.value.errno == errno.EISDIR
