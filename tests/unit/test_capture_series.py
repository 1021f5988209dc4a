"""`tracer -w` with -C, -G, -W and -e: recordings spread over several files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.capture_builder import bodies
from tests.conftest import RunTracer
from tests.made_capture import EVENT, START_NS, event, i64, write

CLOSE_E = 4
SECOND = 10**9
EVENTS = 95
LARGEST_TABLES = 2000
"""Bytes that the tables of the capture made here stay below."""


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write(tmp_path / "made.scap", *(event(CLOSE_E, [i64(3)], time=i * SECOND) for i in range(EVENTS)))


def event_count(path: Path) -> int:
    data = path.read_bytes()
    return len(bodies(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data, EVENT))


def written(directory: Path) -> dict[str, int]:
    return {path.name: event_count(path) for path in sorted(directory.iterdir())}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    directory = tmp_path / "out"
    directory.mkdir()
    return directory


@pytest.mark.parametrize("compress", [[], ["-z"]])
def test_each_file_has_as_many_events_as_asked_for(
    tracer_command: RunTracer, capture: Path, out: Path, compress: list[str]
) -> None:
    ran = tracer_command("-r", capture, "-w", out / "x", "-e", "40", *compress)
    assert (ran.status, ran.err) == (0, "")
    assert written(out) == {"x0": 40, "x1": 40, "x2": 15}


def test_only_the_latest_files_are_kept(tracer_command: RunTracer, capture: Path, out: Path) -> None:
    tracer_command("-r", capture, "-w", out / "x", "-e", "20", "-W", "2")
    assert written(out) == {"x0": 15, "x1": 20}


def test_each_file_covers_as_many_seconds_as_asked_for(tracer_command: RunTracer, capture: Path, out: Path) -> None:
    tracer_command("-r", capture, "-w", out / "x", "-G", "50")
    assert written(out) == {"x0": 50, "x1": 45}


def test_names_tell_the_time_of_their_first_event(tracer_command: RunTracer, capture: Path, out: Path) -> None:
    assert START_NS == 1_700_000_000 * SECOND  # 2023-11-14 22:13:20 UTC
    tracer_command("-r", capture, "-w", out / "%H.%M.%S", "-G", "50")
    assert written(out) == {"22.13.20": 50, "22.14.10": 45}


def test_files_that_tell_the_time_are_removed_when_there_are_too_many(
    tracer_command: RunTracer, capture: Path, out: Path
) -> None:
    tracer_command("-r", capture, "-w", out / "%H.%M.%S", "-G", "20", "-W", "2")
    assert written(out) == {"22.14.20": 20, "22.14.40": 15}


def test_a_file_ends_once_it_has_grown_beyond_the_size(tracer_command: RunTracer, tmp_path: Path, out: Path) -> None:
    big = write(tmp_path / "big.scap", *(event(7, [i64(60000), bytes(60000)]) for _ in range(40)))
    tracer_command("-r", big, "-w", out / "x", "-C", "1", "-W", "10")
    assert list(written(out)) == ["x00", "x01", "x02"]
    size = (out / "x00").stat().st_size
    assert 1_000_000 < size <= 1_000_000 + 60_100 + LARGEST_TABLES


def test_each_file_reads_on_its_own(tracer_command: RunTracer, captures: Path, out: Path) -> None:
    whole = captures / "07-tiny.scap"
    tracer_command("-r", whole, "-w", out / "x", "-e", "1000")
    line = "-p*%evt.time %thread.tid %proc.name %evt.type"
    pieces = [piece for path in sorted(out.iterdir()) for piece in tracer_command("-r", path, line).lines]
    assert pieces == tracer_command("-r", whole, line).lines


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-C", "1"], "-C is about the files that -w writes"),
        (["-w", "-", "-e", "5"], "-e is about the files that -w writes"),
        (["-w", "x", "-W", "5"], "say with -C, -G or -e"),
        (["-F"], "-F is about the capture that -w writes"),
    ],
)
def test_options_without_what_they_are_about_are_wrong_usage(
    tracer_command: RunTracer, capture: Path, words: list[str], message: str
) -> None:
    ran = tracer_command("-r", capture, *words)
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err


def test_the_capture_that_is_read_is_no_file_of_the_series(tracer_command: RunTracer, tmp_path: Path) -> None:
    events = [event(CLOSE_E, [i64(3)]) for _ in range(9)]
    capture = write(tmp_path / "x1", *events)
    before = capture.read_bytes()
    ran = tracer_command("-r", capture, "-w", tmp_path / "x", "-e", "5")
    assert ran.status == 2
    assert "would overwrite the capture that is being read" in ran.err
    assert capture.read_bytes() == before
