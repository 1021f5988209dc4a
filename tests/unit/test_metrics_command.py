"""`tracer metrics`, read with the parser of Prometheus's own client library."""

from __future__ import annotations

import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from prometheus_client.parser import text_string_to_metric_families

import tracer
from tests.conftest import TRACER, RunTracer
from tracer.core.plugin import PluginError
from tracer.drivers.fake.script import Script
from tracer.plugins.exports.metrics.counters import Counters
from tracer.plugins.exports.metrics.exposition import exposition
from tracer.plugins.exports.metrics.server import parse_address


class Metrics:
    """Samples by name and labels."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self._samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        """The value of one sample. Raises KeyError where there is none."""
        return self._samples[name, frozenset(labels.items())]


def counted(script: Script, processes: int = 100) -> Metrics:
    counters = Counters(processes, durations=True)
    with tracer.play(script.source()) as events:
        for batch in events.batches(counters.fields):
            counters.add(batch)
        return Metrics(exposition(counters, events.statistics, {}))


@contextmanager
def serving(*words: str | Path) -> Iterator[str]:
    """The address that a server says it is at."""
    command = [TRACER, "metrics", "--listen", "127.0.0.1:0", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            found = None
            while found is None:
                line = server.stderr.readline()
                assert line, "the server has ended"
                found = re.search(r"metrics at (http://\S+)", line)
            yield found[1]
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(20) == 130
            assert server.stderr.read() == ""


def scrape(url: str) -> tuple[Metrics, Any]:
    with urllib.request.urlopen(url, timeout=10) as response:
        return Metrics(response.read().decode()), response.headers


@pytest.fixture
def tiny(tracer_command: RunTracer, captures: Path) -> Metrics:
    ran = tracer_command("metrics", "-r", captures / "07-tiny.scap")
    assert (ran.status, ran.err) == (0, "")
    return Metrics(ran.out)


def test_calls_and_errors_are_counted_by_system_call(tiny: Metrics) -> None:
    assert tiny.value("tracer_syscalls_total", syscall="openat") == 186
    assert tiny.value("tracer_syscall_errors_total", syscall="openat", error="ENOENT") == 78
    assert tiny.families["tracer_syscalls"].type == "counter"


def test_calls_are_counted_by_program(tiny: Metrics) -> None:
    assert tiny.value("tracer_process_syscalls_total", process="cat") == 119


def test_other_events_are_counted_by_type(tiny: Metrics) -> None:
    assert tiny.value("tracer_other_events_total", event="switch") == 1104


def test_durations_are_a_histogram(tiny: Metrics) -> None:
    name = "tracer_syscall_duration_seconds"
    assert tiny.families[name].type == "histogram"
    counts = [tiny.value(f"{name}_bucket", syscall="openat", le=le) for le in ("1e-06", "0.001", "10.0", "+Inf")]
    assert counts == sorted(counts)
    assert counts[-1] == tiny.value(f"{name}_count", syscall="openat") == 186
    assert 0 < tiny.value(f"{name}_sum", syscall="openat") < 1


def test_what_the_driver_has_seen_is_told(tiny: Metrics) -> None:
    assert tiny.value("tracer_driver_seen_total") == tiny.value("tracer_driver_emitted_total") > 3000
    assert tiny.value("tracer_driver_dropped_total") == 0


def test_the_filter_says_what_is_counted(tracer_command: RunTracer, captures: Path) -> None:
    ran = tracer_command("metrics", "-r", captures / "07-tiny.scap", "proc.name=cat", "and", "evt.type=openat")
    assert Metrics(ran.out).value("tracer_syscalls_total", syscall="openat") == 31


def test_bytes_are_counted_by_direction_and_descriptor() -> None:
    script = Script()
    process = script.process("cat", pid=100)
    process.openat("/a", returns=3)
    process.read(3, b"x" * 70)
    process.read(3, b"")
    process.write(3, returns="EIO")
    process.socket(returns=4)
    process.connect(4, "10.0.0.1:80", source="10.0.0.2:1234")
    process.write(4, b"y" * 5)
    metrics = counted(script)
    assert metrics.value("tracer_io_bytes_total", direction="read", descriptor="file") == 70
    assert metrics.value("tracer_io_bytes_total", direction="write", descriptor="ipv4") == 5
    assert metrics.value("tracer_syscall_errors_total", syscall="write", error="EIO") == 1


def test_only_so_many_programs_have_a_series() -> None:
    script = Script()
    for number in range(10):
        script.process(f"p{number}", pid=100 + number).openat("/a", returns=3)
    metrics = counted(script, processes=4)
    series = metrics.families["tracer_process_syscalls"].samples
    assert len(series) == 5
    assert metrics.value("tracer_process_syscalls_total", process="(other)") == 6


def test_odd_names_of_programs_do_not_break_the_text() -> None:
    script = Script()
    script.process('a"b\\c\n\udcff', pid=100).openat("/a", returns=3)
    assert counted(script).value("tracer_process_syscalls_total", process='a"b\\c\n\ufffd') == 1


def test_prometheus_scrapes_it(captures: Path) -> None:
    with serving("-r", captures / "07-tiny.scap") as url:
        metrics, headers = scrape(url)
        while "tracer_process_syscalls" not in metrics.families or not metrics.families["tracer_syscalls"].samples:
            metrics, headers = scrape(url)
        assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert metrics.value("tracer_syscalls_total", syscall="openat") == 186
        with pytest.raises(HTTPError, match="404"):
            scrape(url.replace("/metrics", "/secrets"))


@pytest.mark.live
def test_live_counters_grow() -> None:
    with serving("evt.type=openat") as url:
        before = after = 0.0
        for _ in range(100):
            Path("/etc/hostname").read_bytes()
            metrics, _ = scrape(url)
            samples = metrics.families["tracer_syscalls"].samples
            after = samples[0].value if samples else 0
            before = before or after
            if after > before > 0:
                break
            subprocess.run(["sleep", "0.1"], check=True)
        assert after > before > 0
        assert metrics.value("tracer_driver_seen_total") > 0


@pytest.mark.parametrize(
    ("text", "address"),
    [(":9100", ("", 9100)), ("localhost:1", ("localhost", 1)), ("[::1]:80", ("::1", 80))],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["9100", "host:", "host:http", ":70000"])
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(PluginError, match="HOST:PORT"):
        parse_address(text)


def test_a_capture_that_is_not_there_is_told(tracer_command: RunTracer) -> None:
    ran = tracer_command("metrics", "-r", "/nosuch")
    assert (ran.status, ran.out) == (1, "")
    assert "/nosuch" in ran.err and "Traceback" not in ran.err


def test_damage_is_told_and_what_came_before_is_counted(
    tracer_command: RunTracer, captures: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.scap"
    cut.write_bytes((captures / "07-tiny.scap").read_bytes()[:200_001])
    ran = tracer_command("metrics", "-r", cut)
    assert ran.status == 1
    assert f"{cut}: " in ran.err and "byte 200000" in ran.err
    assert Metrics(ran.out).value("tracer_syscalls_total", syscall="openat") > 100


@pytest.mark.parametrize("address", ["256.1.1.1:80", "1:2:3"])
def test_an_address_that_cannot_be_is_told(tracer_command: RunTracer, captures: Path, address: str) -> None:
    ran = tracer_command("metrics", "-r", captures / "07-tiny.scap", "--listen", address)
    assert (ran.status, ran.out) == (1, "")
    assert f"--listen {address}" in ran.err and "Traceback" not in ran.err
