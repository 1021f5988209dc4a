"""Event blocks of every version, gzip, and captures that were joined."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests import capture_builder as build
from tracer.core._engine import CaptureSource, Event, FormatError, Session


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "capture.scap"


def events_in(path: Path, data: bytes) -> list[Event]:
    path.write_bytes(data)
    session = Session(CaptureSource(str(path)), show_internal=True)
    events = []
    while not session.ended:
        if (event := session.next()) is not None:
            events.append(event)
    return events


def times(events: list[Event]) -> list[int]:
    return [event.time - build.START for event in events]


FD = struct.pack("<q", 3)


@pytest.mark.parametrize(
    ("kind", "version", "flags"),
    [
        (build.EVENT, 1, None),
        (0x8010ABCD, 1, None),
        (build.EVENT_FLAGS, 1, 0),
        (build.EVENT_V2, 2, None),
        (build.EVENT_V2_FLAGS, 2, 0),
        (build.EVENT_V2_LARGE, 2, None),
        (build.EVENT_V2_LARGE_FLAGS, 2, 0),
    ],
)
def test_an_event_block_of_each_kind_is_read(path: Path, kind: int, version: int, flags: int | None):
    record = build.event(build.CLOSE_E, FD, time=build.START + 5, tid=77, version=version)
    (event,) = events_in(path, build.capture(build.event_block(record, kind, cpu=6, flags=flags)))
    assert (event.time, event.tid, event.cpu, event.name, event.is_enter) == (build.START + 5, 77, 6, "close", True)
    assert event.params == {"fd": 3}


def test_large_payloads_have_lengths_of_four_bytes(path: Path):
    json = b"{" + b"x" * 100_000 + b"}\0"
    record = build.event(build.CONTAINER_JSON_2_E, json, size="I")
    event = events_in(path, build.capture(build.close_enter(), build.event_block(record, build.EVENT_V2_LARGE)))[1]
    assert len(event.params["json"]) == len(json) - 1


def test_the_length_of_old_notifications_is_three_bytes_too_large(path: Path):
    record = build.event(build.NOTIFICATION_E, b"id\0", b"text\0", version=1)
    wrong = record[:16] + struct.pack("<I", len(record) + 3) + record[20:]
    (event,) = events_in(path, build.capture(build.event_block(wrong, build.EVENT, comment=bytes(3))))
    assert event.params == {"id": "id", "desc": "text"}


def test_a_comment_behind_an_event_is_passed_over(path: Path):
    record = build.event(build.CLOSE_E, FD, version=1)
    comment = struct.pack("<HH", 1, 6) + b"hello!" + bytes(2) + bytes(4)
    blocks = [build.event_block(record, build.EVENT, comment=comment), build.close_enter(time=build.START + 1)]
    assert times(events_in(path, build.capture(*blocks))) == [0, 1]


def test_options_of_the_section_header_are_passed_over(path: Path):
    data = build.section(options=struct.pack("<HH", 1, 4) + b"note" + bytes(4)) + build.close_enter()
    assert len(events_in(path, data)) == 1


def test_event_types_yet_to_come_take_no_number(path: Path):
    blocks = [
        build.close_enter(),
        build.event_block(build.event(454, b"abc")),
        build.event_block(build.event(60000)),
        build.close_enter(time=build.START + 1),
    ]
    assert [event.number for event in events_in(path, build.capture(*blocks))] == [1, 2]


def test_an_event_that_only_updates_state_takes_a_number_and_is_not_shown(path: Path):
    record = build.event(build.CLOSE_E, FD)
    blocks = [
        build.event_block(record, build.EVENT_V2_FLAGS, flags=1),
        build.event_block(record, build.EVENT_V2_FLAGS, flags=0),
    ]
    assert [event.number for event in events_in(path, build.capture(*blocks))] == [2]


def numbered(start: int, count: int) -> bytes:
    return b"".join(build.close_enter(time=build.START + i) for i in range(start, start + count))


def test_joined_captures_go_on_counting_and_begin_with_tables_of_their_own(path: Path):
    first = build.section() + build.threads(9, build.ThreadFields(comm=b"first")) + numbered(0, 2)
    second = build.section() + build.threads(9, build.ThreadFields(comm=b"second")) + numbered(2, 1)
    third = build.section() + numbered(3, 1)
    events = events_in(path, first + second + third)
    assert [event.number for event in events] == [1, 2, 3, 4]
    assert [event.thread and event.thread.name for event in events] == ["first", "first", "second", "<NA>"]


@pytest.mark.parametrize("members", [1, 2, 50])
def test_gzip_of_any_number_of_members_is_read(path: Path, members: int):
    data = build.section() + numbered(0, 5000)
    step = len(data) // members + 1
    parts = [data[at : at + step] for at in range(0, len(data), step)]
    assert times(events_in(path, build.gzipped(*parts))) == list(range(5000))


def test_what_follows_gzip_and_is_none_is_passed_over(path: Path):
    data = build.gzipped(build.section() + numbered(0, 10)) + bytes(1000)
    assert times(events_in(path, data)) == list(range(10))


READ_STDIN = """
import sys
from tracer.core._engine import CaptureSource, Session
session = Session(CaptureSource("-"))
while not session.ended:
    if (event := session.next()) is not None:
        print(event.time, flush=True)
"""


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.timeout(60)
def test_standard_input_is_read_as_it_comes(compress: bool):
    data = build.section() + numbered(0, 20_000)
    data = build.gzipped(data) if compress else data
    reader = subprocess.run([sys.executable, "-c", READ_STDIN], input=data, capture_output=True, check=True)
    assert [int(line) - build.START for line in reader.stdout.split()] == list(range(20_000))


@pytest.mark.timeout(60)
def test_an_event_from_a_pipe_is_given_before_the_next_one_comes():
    with subprocess.Popen([sys.executable, "-c", READ_STDIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdin and reader.stdout
        os.write(reader.stdin.fileno(), build.section() + build.close_enter())
        assert int(reader.stdout.readline()) == build.START
        record = build.close_enter(time=build.START + 1)
        os.write(reader.stdin.fileno(), record[:21])
        os.write(reader.stdin.fileno(), record[21:])
        assert int(reader.stdout.readline()) == build.START + 1
        reader.stdin.close()


def test_batches_hold_each_event_behind_its_cpu_and_flags(path: Path):
    record = build.event(build.CLOSE_E, FD)
    old = build.event(build.CLOSE_E, FD, version=1)
    path.write_bytes(
        build.capture(
            build.event_block(record, build.EVENT_V2_FLAGS, cpu=3, flags=1),
            build.event_block(old, build.EVENT, cpu=4),
        )
    )
    source = CaptureSource(str(path))
    assert source.read_batch(1 << 20) == struct.pack("<HI", 3, 1) + record + struct.pack("<HI", 4, 0) + record
    assert source.read_batch(1 << 20) is None


def test_batches_end_where_a_section_does(path: Path):
    sections = [build.section() + build.threads(9, build.ThreadFields(comm=name)) for name in (b"one", b"two")]
    path.write_bytes(sections[0] + numbered(0, 2) + sections[1] + numbered(2, 1))
    source = CaptureSource(str(path))
    seen = []
    while (batch := source.read_batch(1 << 20)) is not None:
        seen.append((source.section, len(batch), b"one" in source.table_blocks(), b"two" in source.table_blocks()))
    frame = 6 + len(build.event(build.CLOSE_E, FD))
    assert seen == [(1, 2 * frame, True, False), (2, frame, False, True)]


def test_a_capture_that_is_cut_while_it_is_read_is_an_error_where_it_ends(path: Path):
    path.write_bytes(build.section() + numbered(0, 1) * 400_000)
    source = CaptureSource(str(path))
    assert source.read_batch(1 << 16) is not None
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(FormatError, match="became shorter"):
        while source.read_batch(1 << 20) is not None:
            pass


def test_progress_goes_from_nothing_to_all(path: Path):
    path.write_bytes(build.section() + numbered(0, 50_000))
    source = CaptureSource(str(path))
    assert source.progress == 0
    while source.read_batch(1 << 16) is not None:
        assert 0 < source.progress <= 1
    assert source.progress == 1
