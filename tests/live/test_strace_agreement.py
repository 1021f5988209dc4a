"""The live stream against strace, both watching the same run of a workload of known calls."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

import tracer

from . import agreement, strace_log, workload_program

pytestmark = pytest.mark.live

EXECVE_EVENTS = {"execve"}


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workload_program.build(tmp_path_factory.mktemp("workload"))


def watch(command: list[str], folder: Path) -> tuple[strace_log.Log, list[agreement.Seen]]:
    """Runs the command under strace and under the tracer at once."""
    log = folder / "strace.log"
    options = ["-f", "-v", "-xx", "-X", "verbose", "-s", "4096", "-o", str(log)]
    script = 'kill -STOP $$; exec "$@"'
    process = subprocess.Popen(["/bin/sh", "-c", script, "sh", "strace", *options, *command], stdout=subprocess.DEVNULL)
    os.waitpid(process.pid, os.WUNTRACED)
    seen: list[agreement.Seen] = []
    with tracer.live(driver="ebpf", pid=process.pid) as events:
        process.send_signal(signal.SIGCONT)
        running, event = True, None
        while running or event is not None:
            running = process.poll() is None
            event = events.poll(0.2)
            if event is not None and (not event.is_enter or event.name in agreement.NEVER_RETURNS):
                seen.append(agreement.Seen(event.tid, event.type_code, event.name, event.params))
        assert events.statistics.dropped == 0
    assert process.returncode == 0
    return strace_log.read(log), [event for event in seen if event.tid != process.pid]


def without_strace(events: list[agreement.Seen], log: strace_log.Log) -> list[agreement.Seen]:
    """Leaves out what strace's own code did, in children that try out ptrace and before the first execve."""
    shown = set(log.by_thread())
    own = {event.tid for event in events if event.tid not in shown and event.params.get("exe") == "strace"}
    return without_calls_before_the_first_exec([event for event in events if event.tid not in own], log.calls[0].tid)


def without_calls_before_the_first_exec(events: list[agreement.Seen], main: int) -> list[agreement.Seen]:
    """strace shows its child from its execve on; the tracer also what strace's own code did in that child."""
    first = next(
        i
        for i, event in enumerate(events)
        if event.tid == main and event.name in EXECVE_EVENTS and event.params["res"] == 0
    )
    return [event for i, event in enumerate(events) if event.tid != main or i >= first]


def test_every_system_call_there_is_agrees_with_strace(
    workload: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    log, events = watch([str(workload), str(folder)], tmp_path)

    report = agreement.compare(log, without_strace(events, log))

    with capsys.disabled():
        print(f"\nKernel {os.uname().release}: {report.summary()}")
    assert not report.differences, "\n".join(report.differences)
    assert report.not_reached() == set()
    assert sum(report.values.values()) > 2000


def test_calls_of_32_bit_programs_agree_with_strace(workload: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    log, events = watch([str(workload), str(folder), "calls_32_bit"], tmp_path)

    report = agreement.compare(log, without_strace(events, log))

    assert not report.differences, "\n".join(report.differences)
    assert {"waitpid", "stat64", "mmap2", "_llseek"} <= set(report.calls)


@pytest.mark.parametrize(
    "command",
    [
        ["/bin/sh", "-c", "ls -l /etc | sort -r | head -5; cat /etc/passwd > copy; rm copy"],
        ["/usr/bin/python3", "-c", "import json, socket, subprocess; subprocess.run(['true']); print(json.dumps([1]))"],
        ["tar", "czf", "etc.tar.gz", "-C", "/etc", "apt"],
    ],
    ids=lambda command: Path(command[0]).name,
)
def test_real_programs_agree_with_strace(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log, events = watch(command, tmp_path)

    report = agreement.compare(log, without_strace(events, log))

    assert not report.differences, "\n".join(report.differences)
    assert sum(report.calls.values()) > 50
