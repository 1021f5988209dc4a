"""A running probe: another plan on the way, buffers that are too small, one capture after the other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import tracer
from tests.conftest import RunTracer
from tracer.core import _engine
from tracer.core.driver import DriverError, Plan
from tracer.drivers.ebpf.driver import EbpfDriver, EbpfSource

pytestmark = pytest.mark.live

READ_ZEROES = "import os; fd = os.open('/dev/zero', os.O_RDONLY); [os.read(fd, 16) for _ in range(50000)]"
# Makes the same calls once for each line on its stdin, and answers each.
ON_DEMAND = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
for _ in iter(sys.stdin.readline, ''):
    libc.umask(0o022)
    os.write(os.open('/dev/null', os.O_WRONLY), bytes(400))
    os.sched_yield()
    print(flush=True)
"""


class Worker:
    """A process that makes its calls when told, and what is recorded of them."""

    def __init__(self, process: subprocess.Popen[str], source: EbpfSource, session: _engine.Session) -> None:
        self.process = process
        self.source = source
        self.session = session

    def round(self) -> list[_engine.Event]:
        """Has it make its calls once; their events."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.process.stdout.readline()
        return list(iter(lambda: self.session.next(100), None))


@contextmanager
def worker(**plan: object) -> Iterator[Worker]:
    command = [sys.executable, "-c", ON_DEMAND]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        source = EbpfDriver().open("", Plan(pids=frozenset({process.pid}), **plan))  # type: ignore[arg-type]
        assert isinstance(source, EbpfSource)
        native = source.native()
        assert native is not None
        try:
            running = Worker(process, source, _engine.Session(native))
            running.round()
            yield running
        finally:
            source.close()
            process.kill()


def names(events: list[_engine.Event]) -> set[str]:
    return {event.name for event in events}


def plan_for(running: Worker, **values: object) -> Plan:
    return Plan(pids=frozenset({running.process.pid}), **values)  # type: ignore[arg-type]


def test_a_new_plan_narrows_and_widens_the_set_of_calls() -> None:
    with worker() as running:
        assert {"umask", "sched_yield", "write"} <= names(running.round())
        running.source.replan(plan_for(running, syscalls=frozenset({"umask"})))
        narrow = names(running.round())
        assert "umask" in narrow
        assert not {"sched_yield", "write"} & narrow
        running.source.replan(plan_for(running, syscalls=frozenset({"sched_yield", "write"})))
        wider = names(running.round())
        assert {"sched_yield", "write"} <= wider
        assert "umask" not in wider


def test_a_new_plan_changes_the_snap_length() -> None:
    def kept(events: list[_engine.Event]) -> int:
        return max(len(event.params["data"]) for event in events if event.name == "write")

    with worker(snaplen_bytes=50) as running:
        assert kept(running.round()) == 50
        running.source.replan(plan_for(running, snaplen_bytes=300))
        assert kept(running.round()) == 300


@pytest.mark.parametrize(
    ("values", "missing"),
    [({"enter_events": True}, "sys_enter"), ({"tracepoints": frozenset({"sched_switch"})}, "sched_switch")],
)
def test_a_plan_that_the_running_probe_cannot_meet_is_refused(values: dict[str, object], missing: str) -> None:
    with worker() as running:
        with pytest.raises(DriverError, match=missing):
            running.source.replan(plan_for(running, **values))
        assert "umask" in names(running.round())


def test_the_command_line_tells_of_drops_that_add_up(tracer_command: RunTracer) -> None:
    ran = tracer_command("run", "-v", "--buffer", "4K", "-o", "/dev/null", "--", sys.executable, "-c", READ_ZEROES)
    total = re.search(r"^tracer: (\d+) of (\d+) events dropped \(ring full: (\d+)\)$", ran.err, re.MULTILINE)
    taken = re.search(r"^Events seen: (\d+),", ran.err, re.MULTILINE)
    by_call = re.search(r"^Dropped events: (.*)$", ran.err, re.MULTILINE)
    by_cpu = re.findall(r"\d+: (\d+) of (\d+)", ran.err[ran.err.index("Dropped by CPU:") :])
    assert total and taken and by_call, ran.err
    dropped, seen, ring_full = map(int, total.groups())
    counts = {name: int(count) for name, count in re.findall(r"(\w+): (\d+)", by_call[1])}
    assert dropped == ring_full == sum(counts.values()) == sum(int(count) for count, _ in by_cpu)
    assert seen == sum(int(count) for _, count in by_cpu)
    assert int(taken[1]) >= seen - dropped  # the events that tell of drops are none of the machine's
    assert 1000 < counts["read"] <= dropped
    assert seen > 50000


def test_a_large_buffer_holds_what_a_small_one_drops(tracer_command: RunTracer) -> None:
    ran = tracer_command("run", "--buffer", "16M", "-o", "/dev/null", "--", sys.executable, "-c", READ_ZEROES)
    assert "dropped" not in ran.err


@pytest.mark.parametrize("size", ["1K", "2G", "8Q", "0", "-1M", ""])
def test_a_buffer_size_that_makes_no_sense_is_refused(tracer_command: RunTracer, size: str) -> None:
    ran = tracer_command("run", f"--buffer={size}", "--", "true")
    assert ran.status == 2
    assert "--buffer" in ran.err


def kernel_objects() -> list[str]:
    """The BPF programs, maps and links that this process holds."""
    links = [str(fd.readlink()) for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
    return sorted(link for link in links if "bpf" in link)


def test_captures_one_after_the_other_and_side_by_side_leave_nothing_behind() -> None:
    with subprocess.Popen(["/bin/sh", "-c", "while :; do umask 022; sleep 0.01; done"]) as shell:
        try:
            for _ in range(2):
                with tracer.live(pid=shell.pid, filter="evt.type=umask") as events:
                    assert [next(events).name for _ in range(3)] == ["umask"] * 3
                assert next(events, None) is None
                assert events.statistics.seen == events.statistics.emitted + events.statistics.dropped > 0
            with tracer.live(pid=shell.pid) as one, tracer.live(pid=shell.pid, filter="evt.type=umask") as other:
                assert next(one).tid and next(other).name == "umask"
                assert kernel_objects()
            assert not kernel_objects()
        finally:
            shell.kill()


def test_the_tracers_own_events_are_left_out_unless_asked_for() -> None:
    def own_events(exclude_self: bool) -> int:
        with tracer.live(filter=f"proc.pid={os.getpid()}", exclude_self=exclude_self) as events:
            os.umask(0o022)
            return sum(events.poll(0.05) is not None for _ in range(3))

    assert own_events(exclude_self=True) == 0
    assert own_events(exclude_self=False) > 0


def test_a_process_that_ends_before_it_is_followed_is_no_error() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    with tracer.live(pid=process.pid) as events:
        assert events.poll(0.1) is None
        assert not events.ended
