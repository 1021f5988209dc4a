"""Exports of what this machine does."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import TRACER
from tests.unit.otlp_collector import attributes, collector
from tests.unit.perfetto_trace import read_trace

pytestmark = pytest.mark.live

TIMEOUT_S = 30
SETTLE_S = 1.0
"""How long what has happened takes to be exported: what is interrupted does not wait for what is under way."""


class Exporting:
    """`tracer export --live` until the block ends: then it is interrupted, and has to end in order."""

    def __init__(self, *words: str | Path) -> None:
        self._process = subprocess.Popen([TRACER, "export", "--live", *words], stderr=subprocess.PIPE, text=True)

    def __enter__(self) -> None:
        assert self._process.stderr is not None
        assert "driver" in self._process.stderr.readline()

    def __exit__(self, *error: object) -> None:
        time.sleep(SETTLE_S)
        self._process.send_signal(signal.SIGINT)
        _, told = self._process.communicate(timeout=TIMEOUT_S)
        assert (self._process.returncode, told) == (130, "")


def test_a_trace_has_calls_with_durations_and_context_switches(tmp_path: Path) -> None:
    out = tmp_path / "trace"
    with Exporting("--to", "perfetto", "-o", out, "proc.name=sleep"):
        slept = subprocess.Popen(["sleep", "0.25"])
        slept.wait()
    trace = read_trace(out)
    assert trace.processes[slept.pid] == "sleep"
    waits = next(each for each in trace.slices if each.tid == slept.pid and each.name == "clock_nanosleep")
    assert waits.duration is not None
    assert 0.25e9 <= waits.duration < 5e9
    assert any(switch.prev_pid == slept.pid for _, at, switch in trace.switches if at > waits.start)


def test_wireshark_reads_what_was_recorded(tmp_path: Path) -> None:
    out = tmp_path / "out.pcapng"
    with Exporting("--to", "pcapng", "-o", out, "evt.type=openat and fd.name=/etc/hostname"):
        reader = subprocess.Popen(["cat", "/etc/hostname"], stdout=subprocess.DEVNULL)
        reader.wait()
    words = ["-T", "fields", "-e", "sysdig.thread_id", "-e", "_ws.col.Info"]
    ran = subprocess.run(["tshark", "-r", out, *words], capture_output=True, text=True, check=True)
    assert f"{reader.pid}\topenat" in ran.stdout.splitlines()


def test_log_records_are_sent_while_the_machine_is_traced() -> None:
    with collector() as running, Exporting("--to", "otlp", "-o", running.url, "evt.type=execve and proc.name=true"):
        program = subprocess.Popen(["true"])
        program.wait()
        for _ in range(100):
            if running.records():
                break
            subprocess.run(["sleep", "0.1"], check=True)
        sent = attributes(running.records()[0])
    assert (sent["process.pid"], sent["process.executable.name"]) == (program.pid, "true")
