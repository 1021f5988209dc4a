"""The pytest plugin: fixtures, and what pytest says where values of fields are not what a test expects.

What it stands on is loaded when a test first uses it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tracer.drivers.fake.script import Script
    from tracer.plugins.testing.events import Events
    from tracer.plugins.testing.recording import RecordedEvents


@pytest.fixture
def event_script() -> Script:
    """An empty script of events (`tracer.drivers.fake.script.Script`): the test tells what its processes do."""
    from tracer.drivers.fake.script import Script

    return Script()


@pytest.fixture
def events_of() -> Callable[[Script | str | os.PathLike[str]], Events]:
    """Gives the `Events` of a script or of a capture file."""
    from tracer.plugins.testing.sources import events_of

    return events_of


@pytest.fixture
def capture_of(tmp_path: Path) -> Callable[[Script], Path]:
    """Writes a script as a capture file and gives its path: for chisels, rules, and `tracer -r`."""
    from tracer.plugins.testing.sources import capture_of

    count = iter(range(sys.maxsize))
    return lambda script: capture_of(script, tmp_path / f"script-{next(count)}.scap")


@pytest.fixture
def run_tracer() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the `tracer` command with these words, its times in UTC; it has `returncode`, `stdout` and `stderr`.

    Environment variables are given by name, as in ``run_tracer("-r", capture, TZ="Europe/Paris")``.
    """

    def run(*words: str | os.PathLike[str], **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tracer.core.cli", *words],
            env={**os.environ, "TZ": "UTC", **environment},
            capture_output=True,
            text=True,
            errors="surrogateescape",
        )

    return run


@pytest.fixture
def record_events() -> Callable[..., AbstractContextManager[RecordedEvents]]:
    """Records what a block of code really does; the test is skipped, with the reason, where that is not possible."""

    @contextmanager
    def record(**options: Any) -> Iterator[RecordedEvents]:
        from tracer.plugins.testing.recording import CannotRecord, record_events

        try:
            with record_events(**options) as events:
                yield events
        except CannotRecord as problem:
            pytest.skip(f"cannot record: {problem}")

    return record


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Says which event differs, and in what, where values of fields are compared."""
    events = sys.modules.get("tracer.plugins.testing.events")
    if op != "==" or events is None:
        return None
    if isinstance(left, events.Rows) and isinstance(right, list):
        return ["values of events are not as expected", *left.differences(right)]
    if isinstance(right, events.Rows) and isinstance(left, list):
        return ["values of events are not as expected", *right.differences(left)]
    return None
