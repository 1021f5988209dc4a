"""What is loaded when: told by the modules that are there, not by the time it takes."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("rich", "pluggy", "pyarrow", "elftools", "importlib.metadata", "asyncio", "tracer.core._engine")


def loaded(script: str) -> list[str]:
    """Which of the heavy modules a script has loaded."""
    report = f"{script}\nimport sys\nprint([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    names: list[str] = eval(ran.stderr)
    return names


def test_importing_tracer_loads_nothing_heavy() -> None:
    assert loaded("import tracer") == []


def test_a_name_loads_what_it_needs_when_it_is_first_used() -> None:
    assert loaded("import tracer; tracer.open") == ["tracer.core._engine"]


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["export", "--help"], ["explain", "--help"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    script = f"from tracer.core.cli.main import main\ntry:\n    main({words})\nexcept SystemExit: pass"
    assert loaded(script) == []
