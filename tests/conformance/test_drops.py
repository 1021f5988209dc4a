"""Events that tell of drops, as sysdig reads them from a capture."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import RunTracer

pytestmark = pytest.mark.sysdig


def test_sysdig_reads_where_and_how_many_events_were_dropped(
    tracer_command: RunTracer, captures: Path, tmp_path: Path
) -> None:
    written = tmp_path / "written.scap"
    recording = tracer_command("--driver", f"fake:{captures / '07-tiny.scap'}?drop=1/20&seed=3", "-w", written)
    told = re.search(r"^tracer: (\d+) of \d+ events dropped \(injected: \1\)$", recording.err, re.MULTILINE)
    assert told, recording.err
    command = ["sysdig", "-D", "-r", written, "-p%evt.type %evt.info", "evt.type=drop"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    read = [line for line in output.splitlines() if line.startswith("drop ")]  # others slip past its filter
    assert len(read) > 20
    assert sum(int(line.removeprefix("drop ratio=")) for line in read) == int(told[1])
    hidden = ["sysdig", "-r", written, "evt.type=drop"]
    assert subprocess.run(hidden, capture_output=True, text=True, check=True).stdout == ""
    assert tracer_command("-r", written, "evt.type=drop").out == ""
    assert tracer_command("-D", "-r", written, "-p%evt.type %evt.info", "evt.type=drop").lines == read
