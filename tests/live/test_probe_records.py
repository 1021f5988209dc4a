"""The probe in this machine's kernel, without the command line: counts, following, ends."""

from __future__ import annotations

import os
import signal
import subprocess
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


def record(script: str, **options: object) -> tuple[list[_engine.Event], Statistics, int]:
    """All events of `script`, with the counts of the probe, and of what the engine took out of the rings."""
    with stopped(script) as process:
        source = EbpfDriver().open("", Plan(pids=frozenset({process.pid}), **options))  # type: ignore[arg-type]
        assert isinstance(source, EbpfSource)
        native = source.native()
        assert isinstance(native, _engine.RingSource)
        session = _engine.Session(native)
        process.send_signal(signal.SIGCONT)
        process.wait()
        source.stop()
        events = []
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
    _, statistics, delivered = record(script, buffer_bytes=PAGE)
    assert statistics.dropped > 0
    assert statistics.seen == statistics.emitted + statistics.dropped
    assert statistics.emitted == delivered
    assert sum(statistics.drops.values()) == sum(statistics.drops_by_syscall.values()) == statistics.dropped
    assert statistics.drops_by_syscall["read"] > 1000


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
