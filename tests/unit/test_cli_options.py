"""How the command line is read."""

import subprocess
import sys
import time

import pytest

from tracer.core.cli.main import main


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = capsys.readouterr().out
    assert "tracer run" in shown
    assert "tracer drivers" in shown


def test_an_unknown_option_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--nonsense"])
    assert "--nonsense" in capsys.readouterr().err


@pytest.mark.parametrize("count", ["0", "-3", "many"])
def test_a_count_that_is_no_positive_number_is_wrong_usage(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([f"-n{count}"])
    assert count in capsys.readouterr().err


def test_help_imports_nothing_that_only_the_work_needs() -> None:
    script = """
import sys
from tracer.core.cli.main import main
try:
    main(["--help"])
except SystemExit:
    pass
print([name for name in ("lark", "rich", "pluggy", "tracer.core._engine") if name in sys.modules], file=sys.stderr)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "[]"


def test_help_comes_at_once() -> None:
    def seconds() -> float:
        start = time.monotonic()
        subprocess.run([sys.executable, "-m", "tracer.core.cli", "--help"], stdout=subprocess.DEVNULL, check=True)
        return time.monotonic() - start

    assert min(seconds() for _ in range(5)) < 0.1
