"""How the command line is read."""

import argparse
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import TRACER
from tracer.core.cli.main import main
from tracer.core.cli.options import add_source_arguments


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


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--full-capture-ports", "9000-8000", "9000 is above 8000"),
        ("--full-capture-ports", "80-70000", "70000 is above 65535, the highest port"),
        ("--full-capture-ports", "http", "'http' is not a number"),
        ("--statsd-port", "0", "0 is not above 0"),
    ],
)
def test_a_port_that_is_none_is_wrong_usage(
    option: str, value: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([option, value])
    assert message in capsys.readouterr().err


def test_help_imports_nothing_that_only_the_work_needs() -> None:
    script = """
import sys
from tracer.core.cli.main import main
try:
    main(["--help"])
except SystemExit:
    pass
print([name for name in ("rich", "pyarrow", "tracer.core._engine") if name in sys.modules], file=sys.stderr)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "[]"


def test_reading_a_capture_loads_no_plugins(captures: Path) -> None:
    script = """
import sys
from tracer.core.cli.main import main
main(["-r", sys.argv[1], "proc.name=nosuch"])
print([name for name in ("rich", "pluggy", "importlib.metadata", "tracer.core.schema.tables") if name in sys.modules])
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, captures / "07-tiny.scap"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_help_costs_less_than_a_tenth_of_a_second() -> None:
    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([TRACER, "--help"], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(5)) < 0.1


def test_cri_and_its_timeout_are_told_to_container_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    from tracer.plugins.containers.cri_sockets import cri_sockets, timeout_s

    for variable in ("TRACER_CRI_SOCKET", "TRACER_CRI_TIMEOUT_MS"):
        monkeypatch.setenv(variable, "")  # so that it is put back
    assert cri_sockets()[0] == "/run/containerd/containerd.sock"
    parser = argparse.ArgumentParser()
    add_source_arguments(parser)
    parser.parse_args(["--cri", "/one.sock:/two.sock", "--cri-timeout", "2500"])
    assert (cri_sockets(), timeout_s()) == (("/one.sock", "/two.sock"), 2.5)
