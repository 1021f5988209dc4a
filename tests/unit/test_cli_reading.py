"""`tracer -r`: what is printed, and how it ends."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import TRACER, RunTracer

# The first events of 07-tiny.scap, as sysdig 0.29.3 prints them.
FIRST_LINES = [
    "1 15:03:08.210253821 1 <NA> (789) > switch next=776(bash) pgft_maj=0 pgft_min=125 vm_size=0 vm_rss=0 vm_swap=0 ",
    "2 15:03:08.211035635 1 bash (776) < wait4 ",
    "3 15:03:08.211286003 0 sysdig (778) > switch next=15 pgft_maj=0 pgft_min=1640 vm_size=81832 vm_rss=25544 "
    "vm_swap=0 ",
    "4 15:03:08.211450226 1 bash (776) > wait4 ",
]
LINES_OF_TINY = 3042
EVENTS_OF_TINY = 3080


@pytest.fixture
def tiny(captures: Path) -> Path:
    return captures / "07-tiny.scap"


def test_every_event_prints_as_one_line_in_the_default_format(tracer_command: RunTracer, tiny: Path) -> None:
    ran = tracer_command("-r", tiny)
    assert (ran.status, ran.err) == (0, "")
    assert ran.lines[:4] == FIRST_LINES
    assert len(ran.lines) == LINES_OF_TINY


def test_debug_shows_internal_events_too(tracer_command: RunTracer, tiny: Path) -> None:
    assert len(tracer_command("-r", tiny, "-D", "-p*%evt.num").lines) == EVENTS_OF_TINY


def test_n_stops_after_so_many_events(tracer_command: RunTracer, tiny: Path) -> None:
    assert tracer_command("-r", tiny, "-n", "4").lines == FIRST_LINES


def test_letters_may_be_bundled_and_values_attached(tracer_command: RunTracer, tiny: Path) -> None:
    ran = tracer_command(f"-vr{tiny}", "-n2", "-p%evt.num")
    assert ran.lines == ["1", "2"]


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        ("h", ["15:03:08.210253821", "15:03:08.211035635"]),
        ("a", ["1795359788.210253821", "1795359788.211035635"]),
        ("r", ["0.000000000", "0.000781814"]),
        ("d", ["0.000000000", "0.000000000"]),
        ("D", ["0.000000000", "0.000781814"]),
    ],
)
def test_t_changes_how_time_is_shown(tracer_command: RunTracer, tiny: Path, kind: str, times: list[str]) -> None:
    ran = tracer_command("-r", tiny, "-n2", "-t", kind)
    assert [line.split()[1] for line in ran.lines] == times


def test_json_has_one_object_a_line_with_the_fields_of_the_format(tracer_command: RunTracer, tiny: Path) -> None:
    ran = tracer_command("-r", tiny, "-j", "-n2", "-p*%evt.num %evt.type %thread.tid")
    assert [json.loads(line) for line in ran.lines] == [
        {"evt.num": 1, "evt.type": "switch", "thread.tid": 789},
        {"evt.num": 2, "evt.type": "wait4", "thread.tid": 776},
    ]


def test_pp_shows_the_default_format(tracer_command: RunTracer) -> None:
    assert tracer_command("-pp").lines == [
        "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info"
    ]


def test_pc_shows_the_container_and_the_ids_inside_it(tracer_command: RunTracer, tiny: Path) -> None:
    line = tracer_command("-r", tiny, "-pc", "-n2").lines[1]
    assert line == "2 15:03:08.211035635 1 host (host) bash (776:776) < wait4 "


def test_filter_words_are_joined(tracer_command: RunTracer, tiny: Path) -> None:
    apart = tracer_command("-r", tiny, "evt.type", "=", "openat", "and", "evt.dir=<")
    together = tracer_command("-r", tiny, "--", "evt.type=openat and evt.dir=<")
    assert apart.lines == together.lines
    assert len(apart.lines) == 186
    assert all(" < openat " in line for line in apart.lines)


def test_several_captures_are_read_one_after_the_other(tracer_command: RunTracer, tiny: Path) -> None:
    assert tracer_command("-r", tiny, "-r", tiny, "-n2").lines == FIRST_LINES[:2] * 2


def test_a_capture_comes_from_standard_input_too(tiny: Path) -> None:
    import subprocess

    from tests.conftest import TRACER

    with tiny.open("rb") as capture:
        ran = subprocess.run([TRACER, "-r-", "-n1", "-p%evt.type"], stdin=capture, capture_output=True, text=True)
    assert ran.stdout == "switch\n"


def test_summary_counts_events_by_direction_and_type(tracer_command: RunTracer, tiny: Path) -> None:
    ran = tracer_command("-r", tiny, "-qS", "evt.type in (openat, close)")
    assert ran.lines[:3] == ["----------------------", "Event           #Calls", "----------------------"]
    assert sorted(ran.lines[3:]) == [
        "< close           135",
        "< openat          186",
        "> close           135",
        "> openat          186",
    ]


def test_quiet_prints_nothing(tracer_command: RunTracer, tiny: Path) -> None:
    assert tracer_command("-q", "-r", tiny) == type(tracer_command("-q", "-r", tiny))(0, "", "")


def test_a_missing_capture_is_named(tracer_command: RunTracer, tmp_path: Path) -> None:
    ran = tracer_command("-r", tmp_path / "nosuch.scap")
    assert ran.status == 1
    assert ran.out == ""
    assert "nosuch.scap" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_file_that_is_no_capture_is_an_error_at_its_start(tracer_command: RunTracer, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("This is not a capture, but a note that somebody wrote.\n")
    ran = tracer_command("-r", tmp_path / "note.txt")
    assert ran.status == 1
    assert "note.txt" in ran.err
    assert "byte 0" in ran.err


def test_a_cut_capture_gives_its_events_and_then_one_line_that_names_the_place(
    tracer_command: RunTracer, tiny: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.scap"
    cut.write_bytes(tiny.read_bytes()[:200_001])
    ran = tracer_command("-r", cut)
    assert ran.status == 1
    assert ran.lines[:4] == FIRST_LINES
    assert 1000 < len(ran.lines) < LINES_OF_TINY
    assert len(ran.err.splitlines()) == 1
    assert "cut.scap" in ran.err
    assert "byte 200000" in ran.err


def test_a_wrong_field_is_wrong_usage_and_the_nearest_is_suggested(tracer_command: RunTracer, tiny: Path) -> None:
    ran = tracer_command("-r", tiny, "proc.nam=cat")
    assert (ran.status, ran.out) == (2, "")
    assert "proc.name" in ran.err
    assert "^" in ran.err


def test_a_wrong_field_in_a_format_is_wrong_usage(tracer_command: RunTracer, tiny: Path) -> None:
    ran = tracer_command("-r", tiny, "-p%proc.nam")
    assert (ran.status, ran.out) == (2, "")
    assert "proc.nam" in ran.err


@pytest.mark.parametrize("words", [["--driver", "nosuch"], []])
def test_an_unknown_driver_is_wrong_usage_and_the_choices_are_named(
    tracer_command: RunTracer, words: list[str]
) -> None:
    ran = tracer_command(*words, TRACER_DRIVER="nosuch")
    assert (ran.status, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert all(name in ran.err for name in ("nosuch", "ebpf", "fake"))


def test_the_source_may_come_from_the_environment(tracer_command: RunTracer, tiny: Path) -> None:
    ran = tracer_command("-n4", TRACER_DRIVER=f"fake:{tiny}")
    assert ran.lines == FIRST_LINES
    assert "TRACER_DRIVER" in ran.err


def test_fields_are_listed(tracer_command: RunTracer) -> None:
    names = [line.split()[0] for line in tracer_command("-l").lines if line and not line.startswith((" ", "-"))]
    assert {"evt.num", "proc.name", "fd.name", "thread.tid"} <= set(names)


def test_events_are_listed_with_their_parameters(tracer_command: RunTracer) -> None:
    listed = tracer_command("-L").lines
    assert "> write(FD fd, UINT32 size)" in listed
    assert "< write(ERRNO res, BYTEBUF data, FD fd, UINT32 size)" in listed


@pytest.mark.parametrize("compress", [False, True])
def test_a_capture_that_grows_is_followed(tmp_path: Path, captures: Path, compress: bool) -> None:
    whole = (captures / "07-tiny.scap").read_bytes()
    data = gzip.compress(whole) if compress else whole
    growing = tmp_path / "growing.scap"
    half = len(data) // 2
    growing.write_bytes(data[:half])
    command = [TRACER, "-r", growing, "-f", "-n", "3080", "-p", "%evt.num"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert following.stdout.readline() == "1\n"
        with growing.open("ab") as file:
            for at in range(half, len(data), 50_001):
                file.write(data[at : at + 50_001])
                file.flush()
                time.sleep(0.05)
        rest = following.stdout.read().split()
    assert (following.returncode, rest[-1], len(rest)) == (0, "3080", 3041)


def test_following_ends_with_a_signal(tmp_path: Path, captures: Path) -> None:
    with subprocess.Popen(
        [TRACER, "-r", captures / "07-tiny.scap", "--follow", "-p", "%evt.num"], stdout=subprocess.PIPE, text=True
    ) as following:
        assert following.stdout is not None
        lines = [following.stdout.readline() for _ in range(3042)]
        following.send_signal(signal.SIGINT)
        assert following.stdout.read() == ""
    assert following.returncode == 130
    assert lines[-1] == "3080\n"


@pytest.mark.parametrize("words", [["-f"], ["-f", "-r", "a", "-r", "b"]])
def test_only_one_capture_can_be_followed(tracer_command: RunTracer, words: list[str]) -> None:
    ran = tracer_command(*words)
    assert (ran.status, ran.out) == (2, "")
    assert "give one -r FILE" in ran.err
