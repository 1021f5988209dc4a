"""What is written: whole blocks in the form that old and new readers take alike."""

from __future__ import annotations

import errno
import gzip
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests import capture_builder as build
from tracer.core._engine import CaptureSource, CaptureWriter, Session

FD = struct.pack("<q", 3)
RECORD = build.event(build.CLOSE_E, FD)


def rewrite(folder: Path, data: bytes, compress: bool = False) -> bytes:
    source, target = folder / "source.scap", folder / "target.scap"
    source.write_bytes(data)
    session = Session(CaptureSource(str(source)))
    writer = CaptureWriter(str(target), compress, session)
    while session.run(writer=writer):
        pass
    writer.close()
    assert writer.bytes_written == target.stat().st_size
    return target.read_bytes()


def event_blocks(data: bytes) -> list[tuple[int, bytes]]:
    return [(kind, body) for _, kind, body in build.blocks_of(data) if kind in build.EVENT_BLOCKS]


def test_a_section_header_comes_first_and_has_version_1_2(tmp_path: Path):
    assert rewrite(tmp_path, build.capture()).startswith(build.section(1, 2))


def test_tables_are_written_in_the_order_that_readers_need(tmp_path: Path):
    interface = struct.pack("<HH", 3, 2) + bytes(12) + b"lo"
    user = struct.pack("<BII", 0, 0, 0) + build.text(b"root") + build.text(b"/root") + build.text(b"/bin/sh")
    descriptor = build.descriptor(1, 1, build.text(b"/dev/null"))
    data = build.capture(
        build.machine(),
        build.threads(3, build.ThreadFields(tid=9, pid=9), build.ThreadFields(tid=8, pid=8)),
        build.block(build.DESCRIPTORS, struct.pack("<q", 9) + descriptor),
        build.block(build.USERS, user),
        build.block(build.INTERFACES, interface),
    )
    kinds = [kind for _, kind, _ in build.blocks_of(rewrite(tmp_path, data))]
    assert kinds == [
        build.SECTION,
        build.MACHINE,
        build.INTERFACES_V2,
        build.USERS_V2,
        build.THREADS[9],
        build.DESCRIPTORS_V2,
        build.EVENT_V2,
    ]


@pytest.mark.parametrize("kind", [17, 18, 19, 20, 21])
def test_descriptor_types_that_sysdig_refuses_are_written_as_unsupported(tmp_path: Path, kind: int):
    entry = build.with_length(build.descriptor(3, kind, build.text(b"name")))
    lists = build.block(build.DESCRIPTORS_V2, struct.pack("<q", 100) + entry)
    (body,) = build.bodies(rewrite(tmp_path, build.capture(build.threads(9), lists)), build.DESCRIPTORS_V2)
    expected = struct.pack("<q", 100) + build.with_length(build.descriptor(3, 10, build.text(b"name")))
    assert body.rstrip(b"\0") == expected.rstrip(b"\0")


@pytest.mark.parametrize(
    ("kind", "flags", "written"),
    [
        (build.EVENT, None, build.EVENT_V2),
        (build.EVENT_FLAGS, 2, build.EVENT_V2_FLAGS),
        (build.EVENT_V2, None, build.EVENT_V2),
        (build.EVENT_V2_FLAGS, 2, build.EVENT_V2_FLAGS),
        (build.EVENT_V2_LARGE, None, build.EVENT_V2),
    ],
)
def test_events_are_written_as_v2_records(tmp_path: Path, kind: int, flags: int | None, written: int):
    version = 1 if kind in (build.EVENT, build.EVENT_FLAGS) else 2
    record = build.event(build.CLOSE_E, FD, version=version)
    data = build.capture(build.event_block(record, kind, cpu=5, flags=flags, comment=bytes(4)))
    prefix = struct.pack("<H", 5) + (b"" if flags is None else struct.pack("<I", flags))
    ((got, body),) = event_blocks(rewrite(tmp_path, data))
    assert (got, body[: len(prefix + RECORD)]) == (written, prefix + RECORD)
    assert len(body) < len(prefix + RECORD) + 4


@pytest.mark.parametrize("size", [100, 200_000])
def test_events_with_large_payloads_are_written_as_large_blocks(tmp_path: Path, size: int):
    record = build.event(build.CONTAINER_JSON_2_E, b"x" * size + b"\0", size="I")
    ((kind, body),) = event_blocks(rewrite(tmp_path, build.capture(build.event_block(record, build.EVENT_V2_LARGE))))
    assert (kind, body[2 : 2 + len(record)]) == (build.EVENT_V2_LARGE, record)


def test_an_event_too_long_for_a_plain_block_is_written_as_a_large_one(tmp_path: Path):
    record = build.event(7, bytes(8), b"d" * 65_400)
    written = event_blocks(rewrite(tmp_path, build.capture(build.event_block(record))))
    assert [kind for kind, _ in written] == [build.EVENT_V2]
    longer = build.event(7, bytes(8), b"d" * 65_535)
    written = event_blocks(rewrite(tmp_path, build.capture(build.event_block(longer, build.EVENT_V2_LARGE))))
    assert [kind for kind, _ in written] == [build.EVENT_V2_LARGE]


def test_joined_captures_stay_sections_with_tables_of_their_own(tmp_path: Path):
    sections = [
        build.section() + build.threads(9, build.ThreadFields(comm=name)) + build.close_enter()
        for name in (b"first", b"second")
    ]
    written = rewrite(tmp_path, b"".join(sections))
    assert [b"first" in body for body in build.bodies(written, build.THREADS[9])] == [True, False]
    assert len(build.bodies(written, build.SECTION)) == 2


def many(count: int) -> bytes:
    return build.capture(*(build.close_enter(time=build.START + i) for i in range(count)))


def test_compressed_output_holds_the_same_bytes(tmp_path: Path):
    plain, compressed = rewrite(tmp_path, many(50_000)), rewrite(tmp_path, many(50_000), compress=True)
    assert gzip.decompress(compressed) == plain
    assert len(compressed) < len(plain) // 4


@pytest.mark.parametrize("compress", [False, True])
def test_what_was_flushed_is_a_whole_capture(tmp_path: Path, compress: bool):
    source, target = tmp_path / "source.scap", tmp_path / "target.scap"
    source.write_bytes(many(1000))
    session = Session(CaptureSource(str(source)))
    writer = CaptureWriter(str(target), compress, session)
    for limit in (10, 500, 1000):
        while session.run(writer=writer, limit=limit):
            pass
        writer.flush()
        data = target.read_bytes()
        assert len(event_blocks(gzip.decompress(data) if compress else data)) == limit
    size = target.stat().st_size
    writer.close()
    writer.close()
    assert target.stat().st_size == size


FULL = """
import resource, signal, sys
from tracer.core._engine import CaptureSource, CaptureWriter, Session
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_001, 1_000_001))
session = Session(CaptureSource(sys.argv[1]))
writer = CaptureWriter(sys.argv[2], False, session)
try:
    while session.run(writer=writer):
        pass
except OSError as error:
    print(error.errno)
writer.close()
"""


def test_a_file_that_may_not_grow_ends_with_a_whole_block_and_one_error(tmp_path: Path):
    source, target = tmp_path / "source.scap", tmp_path / "target.scap"
    source.write_bytes(many(50_000))
    done = subprocess.run([sys.executable, "-c", FULL, source, target], capture_output=True, text=True, check=True)
    assert done.stdout == f"{errno.EFBIG}\n"
    block = len(build.close_enter())
    assert 1_000_001 - block < target.stat().st_size <= 1_000_001
    assert len(event_blocks(target.read_bytes())) > 15_000


@pytest.mark.parametrize("compress", [False, True])
def test_a_full_disk_is_an_os_error(tmp_path: Path, compress: bool):
    source = tmp_path / "source.scap"
    source.write_bytes(many(10))
    session = Session(CaptureSource(str(source)))
    with pytest.raises(OSError) as caught:
        CaptureWriter("/dev/full", compress, session).flush()
    assert caught.value.errno == errno.ENOSPC


TO_STDOUT = """
import sys
from tracer.core._engine import CaptureSource, CaptureWriter, Session
session = Session(CaptureSource(sys.argv[1]))
writer = CaptureWriter("-", False, session)
while session.run(writer=writer):
    pass
writer.close()
"""


def test_a_capture_goes_to_standard_output(tmp_path: Path):
    source = tmp_path / "source.scap"
    source.write_bytes(many(1000))
    done = subprocess.run([sys.executable, "-c", TO_STDOUT, source], capture_output=True, check=True)
    assert len(event_blocks(done.stdout)) == 1000


def test_a_reader_that_went_away_is_a_broken_pipe(tmp_path: Path):
    source = tmp_path / "source.scap"
    source.write_bytes(many(50_000))
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-c", TO_STDOUT, source], stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("BrokenPipeError: [Errno 32] Broken pipe: 'standard output'")
