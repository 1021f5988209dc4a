"""Chisels print what sysdig prints, from our Python versions and from the unmodified Lua files."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from tests.conformance.chisel_cases import (
    BEGIN,
    CAPTURE_NAMES,
    DOCUMENT,
    END,
    NOT_COMPARED,
    WRONG_IN_SYSDIG,
    Case,
    Outcome,
    all_chisels,
    cases,
    compare,
    differs_only_where_sysdig_is_wrong,
    run_sysdig,
    run_tracer,
)
from tests.conftest import CAPTURES, TRACER, RunTracer

pytestmark = [pytest.mark.sysdig, pytest.mark.slow]


@pytest.mark.parametrize("capture", CAPTURE_NAMES)
@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case}{' filtered' * bool(case.filter)}")
def test_the_output_is_that_of_sysdig(case: Case, capture: str) -> None:
    theirs = run_sysdig(case, capture)
    for in_lua in (False, True):
        ours = run_tracer(case, capture, in_lua)
        if (capture, case.chisel) in WRONG_IN_SYSDIG:
            assert differs_only_where_sysdig_is_wrong(case, ours, theirs)
        else:
            assert compare(case, ours, theirs) is not Outcome.DIFFERENT, "in Lua" if in_lua else "in Python"


def test_every_function_gives_scripts_what_it_gives_under_sysdig(tracer_command: RunTracer) -> None:
    words = ["-r", str(CAPTURES / "07-tiny.scap"), "-c", str(Path(__file__).with_name("chisel_api.lua")), "one 2"]
    theirs = subprocess.run(["sysdig", *words], env={**os.environ, "TZ": "UTC"}, capture_output=True, check=True)
    assert tracer_command(*words).out == theirs.stdout.decode(errors="surrogateescape")


def test_all_chisels_of_sysdig_are_there(tracer_command: RunTracer) -> None:
    listed = subprocess.run(["sysdig", "-cl"], capture_output=True, text=True, check=True).stdout
    assert tracer_command("-cl").out == listed


@pytest.mark.parametrize("chisel", all_chisels())
def test_what_is_told_of_a_chisel_is_what_sysdig_tells(chisel: str, tracer_command: RunTracer) -> None:
    told = subprocess.run(["sysdig", "-i", chisel], capture_output=True, text=True, check=True).stdout
    assert tracer_command("-i", chisel).out == told


@pytest.mark.parametrize("capture", ["02-net.scap.gz", "07-tiny.scap"])
@pytest.mark.parametrize("chisel", ["spectrogram", "subsecoffset", "spy_logs", "spy_users"])
@pytest.mark.parametrize("prefix", ["", "lua:"])
def test_on_a_terminal_the_output_is_that_of_sysdig(chisel: str, prefix: str, capture: str, tmp_path: Path) -> None:
    words = ["-r", str(CAPTURES / capture), "-c"]
    theirs = on_terminal(["sysdig", *words, chisel], tmp_path)
    assert on_terminal([str(TRACER), *words, prefix + chisel], tmp_path) == theirs


def on_terminal(command: list[str], folder: Path) -> bytes:
    """What a command prints on a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    ran = subprocess.Popen(
        command, stdout=theirs, stderr=subprocess.DEVNULL, cwd=folder, env={**os.environ, "TZ": "UTC"}
    )
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:  # nobody has the other side any more
            break
        parts.append(part)
    os.close(ours)
    ran.wait(timeout=60)
    return b"".join(parts)


def test_the_table_in_the_documentation_lists_every_chisel() -> None:
    rows = DOCUMENT.read_text().partition(BEGIN)[2].partition(END)[0].splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == all_chisels()
    for row in rows:
        name, said = row.split("`")[1], row.rsplit("|", 2)[1].strip()
        if name in NOT_COMPARED:
            assert said == NOT_COMPARED[name]
        else:
            # That what is said to be equal is equal, the test of the outputs says.
            wrong = {reason for (_, chisel), reason in WRONG_IN_SYSDIG.items() if chisel == name}
            assert said in wrong if wrong else said.startswith("equal")
