"""The probe in this machine's kernel, without the command line: counts, following, ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tracer.core import _engine
from tracer.core.driver import Plan, Statistics
from tracer.drivers.ebpf.driver import EbpfDriver, EbpfSource

pytestmark = pytest.mark.live

PAGE = 4096


@contextmanager
def stopped(script: str) -> Iterator[subprocess.Popen[bytes]]:
    """A shell that waits to be told to go on before it runs `script`."""
    process = subprocess.Popen(["/bin/sh", "-c", f"kill -STOP $$; {script}"], stdout=subprocess.DEVNULL)
    os.waitpid(process.pid, os.WUNTRACED)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def record(
    script: str, *, reading_meanwhile: bool = False, **options: object
) -> tuple[list[_engine.Event], Statistics, int]:
    """All events of `script`, with the counts of the probe, and of what the engine took out of the rings."""
    with stopped(script) as process:
        source = EbpfDriver().open("", Plan(pids=frozenset({process.pid}), **options))  # type: ignore[arg-type]
        assert isinstance(source, EbpfSource)
        native = source.native()
        assert isinstance(native, _engine.RingSource)
        session = _engine.Session(native, show_internal=True)
        events = []
        process.send_signal(signal.SIGCONT)
        while reading_meanwhile and process.poll() is None:
            event = session.next(10)
            if event is not None:
                events.append(event)
        process.wait()
        source.stop()
        while not session.ended:
            event = session.next(1000)
            if event is not None:
                events.append(event)
        source.close()
        return events, source.statistics(), native.delivered


def test_without_drops_all_that_was_seen_is_delivered() -> None:
    events, statistics, delivered = record("for i in 1 2 3; do /bin/true; done")
    assert statistics.dropped == 0
    assert statistics.seen == statistics.emitted == delivered == len(events) > 50


def test_drops_add_up_and_are_told_by_system_call() -> None:
    script = "dd if=/dev/zero of=/dev/null bs=1 count=300000 2>/dev/null"
    events, statistics, delivered = record(script, buffer_bytes=PAGE)
    assert statistics.dropped > 0
    assert statistics.seen == statistics.emitted + statistics.dropped
    assert statistics.emitted == delivered
    assert sum(statistics.drops.values()) == sum(statistics.drops_by_syscall.values()) == statistics.dropped
    assert statistics.drops_by_syscall["read"] > 1000
    for name in ("seen", "emitted", "dropped"):
        assert sum(getattr(counts, name) for counts in statistics.by_cpu.values()) == getattr(statistics, name)
    told = {cpu: 0 for cpu in statistics.by_cpu}
    for event in events:
        if event.name == "drop":
            told[event.cpu] += event.params["ratio"]
    assert told == {cpu: counts.dropped for cpu, counts in statistics.by_cpu.items()}


def test_drops_are_told_of_where_calls_are_missing() -> None:
    # Writes of one, two, three, ... bytes on one CPU: the sizes tell which are missing. Nothing else of it is recorded.
    cpu = max(os.sched_getaffinity(0))
    program = f"""
import os, time
os.sched_setaffinity(0, {{{cpu}}})
fd = os.open('/dev/null', os.O_WRONLY)
for size in range(1, 20001):
    os.write(fd, bytes(size))
    if size % 1000 == 0: time.sleep(0.03)
"""
    script = f'exec {sys.executable} -c "{program}"'
    plan = {"buffer_bytes": PAGE, "syscalls": frozenset({"write"}), "tracepoints": frozenset()}
    events, _, _ = record(script, reading_meanwhile=True, **plan)
    start = next(i for i, event in enumerate(events) if event.name == "write" and event.params["size"] > 0)
    end = max(i for i, event in enumerate(events) if event.name == "write")
    expected, gaps = events[start].params["size"], 0
    for event in events[start : end + 1]:
        if event.name == "drop":
            assert event.cpu == cpu
            expected += event.params["ratio"]
            gaps += 1
        elif event.name == "write":
            assert event.params["size"] == expected
            expected += 1
    assert gaps > 5


def test_orphans_are_followed_and_others_are_not() -> None:
    events, _, _ = record("(/bin/sh -c '(sleep 0.2; /bin/true) & ' ; true); sleep 0.5")
    programs = [event.params["exe"] for event in events if event.name == "execve" and event.params["res"] == 0]
    assert programs.count("/bin/true") == 1
    assert all(event.tid != os.getpid() for event in events)


def test_a_plan_for_one_call_leaves_others_out() -> None:
    events, _, _ = record("umask; umask", syscalls=frozenset({"umask"}))
    names = [event.name for event in events]
    assert names.count("umask") >= 2
    assert "rt_sigprocmask" not in names


def test_enter_events_come_in_pairs_with_exit_events() -> None:
    events, _, _ = record("umask; echo; umask", enter_events=True, tracepoints=frozenset())
    first_enter = next(i for i, event in enumerate(events) if event.is_enter)
    calls = [event for event in events[first_enter:] if event.name not in ("rt_sigreturn", "exit_group")]
    assert len(calls) > 10
    assert [event.name for event in calls[::2]] == [event.name for event in calls[1::2]]
    assert all(event.is_enter for event in calls[::2])
    assert not any(event.is_enter for event in calls[1::2])


def test_data_is_cut_at_the_snap_length() -> None:
    script = "printf '%0500d' 7 >/dev/null"
    long, _, _ = record(script, snaplen_bytes=400)
    short, _, _ = record(script, snaplen_bytes=16)
    assert max(len(event.params["data"]) for event in long if event.name == "write") == 400
    assert max(len(event.params["data"]) for event in short if event.name == "write") == 16
