"""`tracer -w`: captures that are whole, whatever ends the run."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capture_builder import bodies
from tests.conftest import TRACER, RunTracer
from tests.made_capture import EVENT, event, i64, write

CLOSE_E = 4


@pytest.fixture
def tiny(captures: Path) -> Path:
    return captures / "07-tiny.scap"


@pytest.mark.parametrize("compress", [[], ["-z"]])
def test_what_is_written_reads_back_the_same(
    tracer_command: RunTracer, tiny: Path, tmp_path: Path, compress: list[str]
) -> None:
    copy = tmp_path / "copy.scap"
    ran = tracer_command("-r", tiny, "-w", copy, *compress)
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert copy.read_bytes()[:2] == (b"\x1f\x8b" if compress else b"\x0a\x0d")
    assert tracer_command("-r", copy).out == tracer_command("-r", tiny).out


def test_only_what_passes_the_filter_is_written(tracer_command: RunTracer, tiny: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.scap"
    tracer_command("-r", tiny, "-w", copy, "evt.type=openat")
    types = set(tracer_command("-r", copy, "-p%evt.type").lines)
    assert types == {"openat"}


def test_what_the_filter_leaves_out_of_state_is_kept_hidden(
    tracer_command: RunTracer, tiny: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.scap"
    line = "-p*%evt.time %proc.name %fd.name %evt.type"
    tracer_command("-r", tiny, "-w", copy, "-F", "evt.type=read")
    assert tracer_command("-r", copy, line).lines == tracer_command("-r", tiny, line, "evt.type=read").lines


@pytest.mark.parametrize("filter_words", [[], ["evt.type=openat"]])
def test_changes_of_the_user_table_are_written_but_neither_counted_nor_shown(
    tracer_command: RunTracer, tmp_path: Path, filter_words: list[str]
) -> None:
    user_added = 354
    values = [struct.pack("<I", 7), struct.pack("<I", 8), b"me\0", b"/home/me\0", b"/bin/sh\0", b"\0"]
    made = write(tmp_path / "made.scap", event(CLOSE_E, [i64(3)]), event(user_added, values), event(CLOSE_E, [i64(3)]))
    copy = tmp_path / "copy.scap"
    assert tracer_command("-r", made, "-w", copy, *filter_words).status == 0
    codes = [struct.unpack_from("<H", body, 22)[0] for body in bodies(copy.read_bytes(), EVENT)]
    assert codes == ([user_added] if filter_words else [CLOSE_E, user_added, CLOSE_E])
    assert tracer_command("-r", made, "-p%evt.num %evt.type").lines == ["1 close", "2 close"]


def test_compressing_nothing_is_wrong_usage(tracer_command: RunTracer, tiny: Path) -> None:
    ran = tracer_command("-r", tiny, "-z")
    assert ran.status == 2
    assert "-w" in ran.err


@pytest.mark.parametrize(
    "source", [["-r", "copy.scap"], ["--driver", "fake:copy.scap"], ["--driver", "fake:copy.scap?loop=2"]]
)
@pytest.mark.parametrize("name", ["copy.scap", "symbolic.scap", "hard.scap"])
def test_a_capture_is_not_overwritten_by_its_own_reading(
    tracer_command: RunTracer, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: list[str], name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    copy = tmp_path / "copy.scap"
    copy.write_bytes(tiny.read_bytes())
    (tmp_path / "symbolic.scap").symlink_to(copy)
    (tmp_path / "hard.scap").hardlink_to(copy)
    ran = tracer_command(*source, "-w", name)
    assert ran.status == 2
    assert f"-w {name} would overwrite" in ran.err
    assert copy.read_bytes() == tiny.read_bytes()


def test_a_capture_is_not_appended_to_itself(tiny: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.scap"
    copy.write_bytes(tiny.read_bytes())
    with copy.open("ab") as output:
        ran = subprocess.run([TRACER, "-r", copy, "-w-"], stdout=output, stderr=subprocess.PIPE, text=True, timeout=60)
    assert ran.returncode == 2
    assert "standard output" in ran.stderr
    assert copy.read_bytes() == tiny.read_bytes()


@pytest.mark.parametrize("compress", [[], ["-z"]])
def test_a_full_disk_is_one_line_that_names_the_file(
    tracer_command: RunTracer, tiny: Path, compress: list[str]
) -> None:
    ran = tracer_command("-r", tiny, "-w", "/dev/full", *compress)
    assert (ran.status, ran.err) == (1, "tracer: /dev/full: No space left on device\n")


@pytest.mark.parametrize("words", [["-r", "TINY"], ["-r", "TINY", "-j"], ["-r", "TINY", "-qS"], ["-l"], ["-L"], ["-h"]])
def test_text_that_cannot_be_written_is_one_line(tiny: Path, words: list[str]) -> None:
    words = [word.replace("TINY", str(tiny)) for word in words]
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([TRACER, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (1, "tracer: output: No space left on device\n")


def test_closed_standard_descriptors_do_not_spoil_a_capture(
    tracer_command: RunTracer, tiny: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.scap"
    command = f"'{TRACER}' -vr '{tiny}' -w '{copy}' <&- >&- 2>&-"
    assert subprocess.run(["bash", "-c", command], timeout=60).returncode == 0
    assert tracer_command("-r", copy).out == tracer_command("-r", tiny).out


def test_a_place_that_cannot_be_written_is_named(tracer_command: RunTracer, tiny: Path, tmp_path: Path) -> None:
    ran = tracer_command("-r", tiny, "-w", tmp_path / "no" / "such.scap")
    assert ran.status == 1
    assert "such.scap" in ran.err
    assert "No such file or directory" in ran.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_a_whole_capture(
    tracer_command: RunTracer, tiny: Path, tmp_path: Path, number: signal.Signals
) -> None:
    copy = tmp_path / "copy.scap"
    running = subprocess.Popen(
        [TRACER, "--driver", f"fake:{tiny}?loop=0&speed=20", "-w", copy], stderr=subprocess.PIPE, text=True
    )
    try:
        time.sleep(1.5)
        running.send_signal(number)
        _, err = running.communicate(timeout=10)
    finally:
        running.kill()
    assert running.returncode == 128 + number
    assert "Traceback" not in err
    ran = tracer_command("-r", copy, "-p*%evt.num")
    assert (ran.status, ran.err) == (0, "")
    assert len(ran.lines) > 0


@pytest.fixture
def stuck(tiny: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run without end that waits for its reader."""
    running = subprocess.Popen(
        [TRACER, "--driver", f"fake:{tiny}?loop=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert running.stdout is not None
    os.read(running.stdout.fileno(), 1)
    time.sleep(0.5)
    yield running
    running.kill()
    running.wait()
    running.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_reader_is_slow_leaves_whole_lines(
    stuck: subprocess.Popen[bytes], number: signal.Signals
) -> None:
    stuck.send_signal(number)
    out, _ = stuck.communicate(timeout=10)
    assert stuck.returncode == 128 + number
    assert out.endswith(b"\n")
    assert len(out) < 1 << 20


def test_a_second_signal_does_not_wait_for_the_reader(stuck: subprocess.Popen[bytes]) -> None:
    stuck.send_signal(signal.SIGINT)
    time.sleep(0.5)
    stuck.send_signal(signal.SIGINT)
    assert stuck.wait(timeout=5) == -signal.SIGINT


def test_a_signal_ends_a_run_that_lets_everything_through(tiny: Path, tmp_path: Path) -> None:
    running = subprocess.Popen(
        [TRACER, "--driver", f"fake:{tiny}?loop=0", "-w", tmp_path / "copy.scap"], stderr=subprocess.DEVNULL
    )
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=5) == 128 + signal.SIGINT


def test_a_reader_that_stops_reading_ends_it_quietly(tiny: Path) -> None:
    running = subprocess.Popen(
        [TRACER, "--driver", f"fake:{tiny}?loop=0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.wait(timeout=10) == 0
        assert [line for line in running.stderr if "chosen by" not in line] == []
    finally:
        running.kill()
        running.stderr.close()
