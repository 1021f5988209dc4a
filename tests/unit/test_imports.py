"""What is loaded when: told by the modules that are there, not by the time it takes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import CAPTURES

HEAVY = ("rich", "pluggy", "pyarrow", "elftools", "importlib.metadata", "asyncio", "tracer.core._engine")

NOT_FOR_READING = (
    *HEAVY[:-1],
    "dataclasses",
    "inspect",
    "ipaddress",
    "json",
    "pathlib",
    "socket",
    "tempfile",
    "urllib",
    "tracer.core.plugins",
    "tracer.core.schema.tables",
    "tracer.drivers.ebpf",
    "tracer.drivers.fake.options",
    "tracer.drivers.kmod",
)
"""What reading a capture does without: to load it takes longer than to read a small one."""


def loaded(script: str, watched: tuple[str, ...] = HEAVY) -> list[str]:
    """Which of the watched modules a script has loaded."""
    report = f"{script}\nimport sys\nprint([name for name in {watched} if name in sys.modules], file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    names: list[str] = eval(ran.stderr)
    return names


def test_importing_tracer_loads_nothing_heavy() -> None:
    assert loaded("import tracer") == []


def test_a_name_loads_what_it_needs_when_it_is_first_used() -> None:
    assert loaded("import tracer; tracer.open") == ["tracer.core._engine"]


@pytest.mark.parametrize("words", [["run", "--help"], ["export", "--help"], ["explain", "--help"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    script = f"from tracer.core.cli.main import main\ntry:\n    main({words})\nexcept SystemExit: pass"
    assert loaded(script) == []


def test_the_main_help_loads_plugins_for_their_commands_and_nothing_else_heavy() -> None:
    script = "from tracer.core.cli.main import main\ntry:\n    main(['--help'])\nexcept SystemExit: pass"
    assert loaded(script) == ["pluggy"]


def test_reading_a_capture_loads_little() -> None:
    words = ["-r", str(CAPTURES / "07-tiny.scap"), "proc.name=nosuch and evt.dir=<"]
    script = f"from tracer.core.cli.main import main\nassert main({words}) == 0"
    # What starts every Python of this environment may load some of them itself.
    at_start = loaded("pass", NOT_FOR_READING)
    assert loaded(script, NOT_FOR_READING) == at_start
