"""Every line of a capture, held against what sysdig prints for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracer.core._engine import Format

from ..printed import DEFAULT_LINE, printed

pytestmark = pytest.mark.sysdig

CAPTURES = ["07-tiny.scap", "08-filter-cat.scap"]
CONTAINER_LINE = (
    "*%evt.num %evt.outputtime %evt.cpu %container.name (%container.id) %proc.name (%thread.tid:%thread.vtid) "
    "%evt.dir %evt.type %evt.info"
)
LINES = {
    "default": ([], {}),
    "-A": (["-A"], {"data": "printable"}),
    "-x": (["-x"], {"data": "hex"}),
    "-X": (["-X"], {"data": "hex_ascii"}),
    "-b": (["-b"], {"data": "base64"}),
    "-v": (["-v"], {"data_limit": 0}),
    "-t r": (["-t", "r"], {"time": "r"}),
    "-t d": (["-t", "d"], {"time": "d"}),
    "-t D": (["-t", "D"], {"time": "D"}),
}
FORMATS = [
    "%evt.num %evt.time.s %evt.datetime %evt.rawtime %evt.rawtime.ns %evt.reltime %evt.reltime.s",
    "*%evt.num %fd.name|%fd.num|%evt.res|%evt.rawres",
    "%evt.num %evt.arg.name",
    "%evt.num %evt.arg[0] %evt.arg[1]",
    "*%evt.num %evt.arg.res %evt.arg.fd, %evt.arg.flags;",
    "*%7evt.num|%3proc.name|%12evt.type|%40evt.args|",
    "*%proc.name\\t%proc.pid\\n\\\\%evt.dir\\q",
    "%evt.buffer",
    "*%evt.failed %evt.is_io %evt.is_wait %evt.io_dir %evt.count %evt.type%evt.dir",
    "*%proc.cmdline %proc.exe %proc.cwd %proc.ppid %user.uid %thread.vmsize",
]


def sysdig(capture: Path, *options: str) -> bytes:
    environment = dict(os.environ, TZ="UTC")
    run = subprocess.run(["sysdig", "-r", capture, *options], capture_output=True, env=environment, check=True)
    return run.stdout


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def assert_same(ours: bytes, theirs: bytes) -> None:
    """The same bytes; where they differ, shows the first lines that do."""
    assert theirs, "sysdig printed nothing"
    if ours != theirs:
        pairs = zip(ours.split(b"\n"), theirs.split(b"\n"), strict=False)
        differences = [(one, other) for one, other in pairs if one != other]
        pytest.fail(f"{len(differences)} lines differ, first (ours, sysdig's): {differences[:3]}")


@pytest.mark.parametrize("capture", CAPTURES)
@pytest.mark.parametrize("option", LINES)
def test_lines_equal_sysdigs(captures: Path, capture: str, option: str):
    arguments, options = LINES[option]
    assert_same(
        printed(captures / capture, Format.line(DEFAULT_LINE, **options)), sysdig(captures / capture, *arguments)
    )


@pytest.mark.parametrize("capture", CAPTURES)
@pytest.mark.parametrize(
    ("option", "data"), [("", "dotted"), ("-A", "printable"), ("-X", "hex_ascii"), ("-b", "base64")]
)
def test_json_equals_sysdigs(captures: Path, capture: str, option: str, data: str):
    ours = printed(captures / capture, Format.json(DEFAULT_LINE, data=data))
    assert_same(ours, sysdig(captures / capture, "-j", *option.split()))


def test_container_lines_equal_sysdigs(captures: Path):
    capture = captures / "07-tiny.scap"
    assert_same(printed(capture, Format.line(CONTAINER_LINE)), sysdig(capture, "-pc"))


@pytest.mark.parametrize("format", FORMATS)
def test_formats_mean_what_they_mean_to_sysdig(captures: Path, format: str):
    capture = captures / "07-tiny.scap"
    assert_same(printed(capture, Format.line(format)), sysdig(capture, "-p", format))
    assert_same(printed(capture, Format.json(format)), sysdig(capture, "-p", format, "-j"))


def test_the_time_of_day_is_local(captures: Path, monkeypatch: pytest.MonkeyPatch):
    capture = captures / "07-tiny.scap"
    script = (
        "import sys; from pathlib import Path; from tests.printed import *\n"
        "sys.stdout.buffer.write(printed(Path(sys.argv[1]), Format.line('%evt.time')))"
    )
    environment = dict(os.environ, TZ="Asia/Kolkata", PYTHONPATH=str(Path(__file__).parents[2]))
    ours = subprocess.run([sys.executable, "-c", script, capture], capture_output=True, env=environment, check=True)
    theirs = subprocess.run(
        ["sysdig", "-r", capture, "-p", "%evt.time"], capture_output=True, env=environment, check=True
    )
    assert_same(ours.stdout, theirs.stdout)
