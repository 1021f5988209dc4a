"""The code in docs/plugins.md does what the text says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CAPTURES

DOCUMENT = Path(__file__).parents[2] / "docs" / "plugins.md"
FIELD, CONSUMER, CHISEL = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
TINY = str(CAPTURES / "07-tiny.scap")


@pytest.fixture
def tracer(tmp_path: Path):
    """Runs tracer with a plugin of this code installed."""

    def run(code: str, *words: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "tracer_made.py").write_text(code)
        information = tmp_path / "tracer_made-1.0.dist-info"
        information.mkdir(exist_ok=True)
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: tracer-made\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text("[tracer]\nmade = tracer_made\n")
        environment = os.environ | {"PYTHONPATH": str(tmp_path), "TZ": "UTC"}
        command = [sys.executable, "-m", "tracer.core.cli", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)

    return run


def test_the_field_shouts_names_and_takes_another_mark(tracer):
    done = tracer(FIELD, "-r", TINY, "-p", "%shout.name[?] %shout.number", "-n", "2", "shout.name=CAT!")
    assert done.stdout.splitlines() == ["CAT? 1", "CAT? 2"], done.stderr


def test_the_consumer_adds_events_that_are_recorded(tracer):
    opens = tracer(CONSUMER, "-r", TINY, "-p", "%evt.type", "evt.type in (open, openat) and fd.name=/etc/hostname")
    count = len(opens.stdout.splitlines())
    assert count > 0
    done = tracer(CONSUMER, "-r", TINY, "--with", "alarm:/etc/hostname", "-w", "alarm.scap")
    assert done.returncode == 0, done.stderr
    read = tracer(CONSUMER, "-r", "alarm.scap", "-p", "%evt.args", "evt.type=asyncevent")
    assert read.stdout.splitlines() == ["plugin_id=0 name=alarm data=cat opened /etc/hostname "] * count


def test_the_chisel_counts_events_of_a_type(tracer):
    lines = tracer(CHISEL, "-r", TINY, "evt.type=close").stdout.splitlines()
    assert tracer(CHISEL, "-r", TINY, "-c", "count", "close").stdout == f"{len(lines)}\n"
