"""`tracer run`: a command followed to its end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import TRACER, RunTracer

pytestmark = pytest.mark.live


def test_the_commands_own_output_is_untouched(tracer_command: RunTracer) -> None:
    ran = tracer_command("run", "--", "sh", "-c", "echo out; echo err >&2")
    assert ran.out == "out\n"
    assert "err\n" in ran.err
    assert " execve " in ran.err


def test_o_takes_the_lines(tracer_command: RunTracer, tmp_path: Path) -> None:
    ran = tracer_command("run", "-o", tmp_path / "lines", "-p*%evt.type %evt.res", "--", "true")
    lines = (tmp_path / "lines").read_text().splitlines()
    assert lines[0] == "execve SUCCESS"
    assert lines[-1] == "procexit <NA>"
    assert " execve " not in ran.err


@pytest.mark.parametrize(
    ("command", "status"), [("exit 0", 0), ("exit 42", 42), ("kill -TERM $$", 128 + 15), ("kill -KILL $$", 128 + 9)]
)
def test_the_exit_status_is_the_commands(tracer_command: RunTracer, command: str, status: int) -> None:
    assert tracer_command("run", "-q", "--", "sh", "-c", command).status == status


def test_a_command_that_does_not_exist_is_named(tracer_command: RunTracer) -> None:
    ran = tracer_command("run", "--", "no-such-command")
    assert ran.status == 127
    assert "no-such-command: No such file or directory" in ran.err


def test_no_command_is_wrong_usage(tracer_command: RunTracer) -> None:
    ran = tracer_command("run")
    assert ran.status == 2
    assert "--" in ran.err


def test_descendants_are_followed_orphans_too(tracer_command: RunTracer, tmp_path: Path) -> None:
    # The inner shell outlives both its parents.
    script = f"( ( sleep 0.5; echo late > {tmp_path}/late ) & ) ; exit 3"
    start = time.monotonic()
    ran = tracer_command("run", "-o", tmp_path / "lines", "-p%evt.arg.name", "--", "sh", "-c", script)
    assert ran.status == 3
    assert time.monotonic() - start >= 0.5
    assert f"{tmp_path}/late" in (tmp_path / "lines").read_text()


def test_nothing_of_other_processes_is_shown(tracer_command: RunTracer, tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "while True: open('/dev/null').close()"])
    try:
        tracer_command("run", "-o", tmp_path / "lines", "-p*%proc.name", "--", "sleep", "0.5")
    finally:
        stranger.kill()
        stranger.wait()
    assert set((tmp_path / "lines").read_text().split()) == {"sleep"}


def test_a_recorded_run_reads_back(tracer_command: RunTracer, tmp_path: Path) -> None:
    capture = tmp_path / "run.scap"
    assert tracer_command("run", "-w", capture, "--", "cat", "/etc/hostname").status == 0
    read = tracer_command("-r", capture, "-p%proc.name %fd.name", "evt.type=read", "and", "evt.dir=<")
    assert read.status == 0
    assert "cat /etc/hostname" in read.lines


def test_a_signal_is_passed_on_to_the_command(tmp_path: Path) -> None:
    running = subprocess.Popen(
        [TRACER, "run", "-o", tmp_path / "lines", "--", "sleep", "60"],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        time.sleep(3)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=10) == 128 + signal.SIGINT
    finally:
        running.kill()
