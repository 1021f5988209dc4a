"""Chisels over what this machine does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import tracer
from tests.conftest import RunTracer
from tracer.plugins.chisels.top import TopFilesByBytes

pytestmark = pytest.mark.live

SIZE = 5000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "read-me"
    path.write_bytes(b"x" * SIZE)
    return path


def test_a_chisel_follows_a_command(file: Path, tmp_path: Path, tracer_command: RunTracer) -> None:
    output = tmp_path / "output"
    ran = tracer_command("run", "-c", "topfiles_bytes", "-o", output, "--", "cat", file)
    assert ran.status == 0, ran.err
    assert ran.out == "x" * SIZE
    assert any(line.split() == ["4.88KB", str(file)] for line in output.read_text().splitlines())


def test_a_lua_chisel_follows_a_command(file: Path, tmp_path: Path, tracer_command: RunTracer) -> None:
    pytest.importorskip("lupa")
    script = tmp_path / "reads.lua"
    script.write_text(
        """
        description, short_description, category, args = "d", "s", "c", {}
        function on_init()
          name, result = chisel.request_field("fd.name"), chisel.request_field("evt.rawarg.res")
          chisel.set_filter("evt.type=read and evt.dir=< and fd.name contains read-me")
          return true
        end
        function on_event() print(evt.field(name), evt.field(result), sysdig.is_live()) return true end
        """
    )
    output = tmp_path / "output"
    ran = tracer_command("run", "-c", script, "-o", output, "--", "cat", file)
    assert ran.status == 0, ran.err
    assert output.read_text().splitlines() == [f"{file}\t{SIZE}\ttrue", f"{file}\t0\ttrue"]


def test_the_exit_status_is_the_commands(tmp_path: Path, tracer_command: RunTracer) -> None:
    ran = tracer_command("run", "-c", "topscalls", "-o", tmp_path / "output", "--", "sh", "-c", "exit 3")
    assert ran.status == 3, ran.err


def test_intervals_end_where_nothing_happens(tmp_path: Path, tracer_command: RunTracer) -> None:
    output = tmp_path / "output"
    ran = tracer_command("run", "-c", "iobytes", "-o", output, "--", "sleep", "3.2")
    assert ran.status == 0, ran.err
    assert len(output.read_text().splitlines()) >= 3


def test_a_stream_of_a_program_runs_chisels(file: Path) -> None:
    shell = subprocess.Popen(["sh", "-c", f"read x; cat {file}"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    with shell, tracer.live(pid=shell.pid) as events:
        assert shell.stdin is not None
        shell.stdin.close()
        table = events.run_chisel(TopFilesByBytes, duration_s=1.5)
    assert any(line.split() == ["4.88KB", str(file)] for line in table.splitlines()), table
