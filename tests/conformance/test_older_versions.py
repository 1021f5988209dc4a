"""Captures as older writers made them, held against what sysdig prints for them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ..conftest import CAPTURES, RunTracer
from ..older_capture import older

pytestmark = pytest.mark.sysdig


@pytest.mark.parametrize("v1_events", [False, True], ids=["v2 events", "v1 events"])
@pytest.mark.parametrize("process_list", range(1, 10))
def test_older_captures_print_as_under_sysdig(
    process_list: int, v1_events: bool, tmp_path: Path, tracer_command: RunTracer
) -> None:
    path = tmp_path / "older.scap"
    path.write_bytes(older((CAPTURES / "07-tiny.scap").read_bytes(), process_list, v1_events))

    sysdig = subprocess.run(["sysdig", "-r", path], capture_output=True, env={**os.environ, "TZ": "UTC"}, check=True)
    ran = tracer_command("-r", path)

    assert ran.err == ""
    assert len(ran.lines) > 3000
    assert ran.out == sysdig.stdout.decode(errors="surrogateescape")
