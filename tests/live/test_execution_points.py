"""What is recorded besides system calls: context switches, page faults, signals, ends of processes."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import pytest

import tracer
from tests.conftest import RunTracer

pytestmark = pytest.mark.live

# Counts of minor and major faults, and the size of the memory in KiB, as the process sees its own.
OWN_COUNTS = """
import ctypes, mmap, os, re, resource, signal, sys, time
libc = ctypes.CDLL(None)
def faults():
    columns = open('/proc/self/stat').read().rpartition(')')[2].split()
    return int(columns[7]), int(columns[9])
def mark(): libc.umask(0o123)
"""


def run_python(tracer_command: RunTracer, body: str, *words: str) -> tuple[list[str], list[str]]:
    """What a Python program printed, and the lines that tracing it with these words gave."""
    ran = tracer_command("run", *words, "--", sys.executable, "-c", OWN_COUNTS + body)
    assert ran.status == 0, ran.err
    lines = [line for line in ran.err.splitlines() if not line.startswith("tracer:")]
    return ran.out.split(), lines


def between_marks(lines: list[str], first: int) -> list[str]:
    """The lines between the mark of that number and the next one."""
    marks = [i for i, line in enumerate(lines) if line.startswith("umask")]
    return lines[marks[first] + 1 : marks[first + 1]]


def test_page_faults_are_those_that_the_kernel_counts(tracer_command: RunTracer) -> None:
    body = """
written, read = mmap.mmap(-1, 4096 * 64), mmap.mmap(-1, 4096 * 32)
zeroes = os.open('/dev/zero', os.O_RDONLY)
counts = [faults()]
mark()
for page in range(64): written[page * 4096] = 1
mark()
counts.append(faults())
mark()
os.preadv(zeroes, [read], 0)
mark()
counts.append(faults())
print(*(after[0] - before[0] for before, after in zip(counts, counts[1:])))
"""
    counted, lines = run_python(
        tracer_command, body, "--page-faults", "-p%evt.type %evt.args", "evt.type in (umask, page_fault)"
    )
    by_user, by_kernel = between_marks(lines, 0), between_marks(lines, 2)
    # The two marks and reading the counts make a few of their own.
    user_faults = [line for line in by_user if "USER_FAULT" in line and "WRITE_ACCESS" in line]
    assert 64 <= len(user_faults) <= int(counted[0]) <= len(by_user) + 8
    kernel_faults = [line for line in by_kernel if "SUPERVISOR_FAULT" in line and "WRITE_ACCESS" in line]
    assert 32 <= len(kernel_faults) <= int(counted[1]) <= len(by_kernel) + 8


def test_context_switches_carry_the_counts_of_the_thread_that_leaves(tracer_command: RunTracer) -> None:
    body = """
before = faults()[0]
time.sleep(0.05)
after = faults()[0]
size = re.search(r'VmSize:\\s*(\\d+)', open('/proc/self/status').read())[1]
print(before, after, size)
"""
    printed, lines = run_python(tracer_command, body, "-p%evt.type %evt.args", "evt.type in (switch, clock_nanosleep)")
    before, after, size = map(int, printed)
    sleeps = [i for i, line in enumerate(lines) if line.startswith("clock_nanosleep")]
    last = [line for line in lines[: sleeps[-1]] if line.startswith("switch")][-1]
    values = dict(re.findall(r"(\w+)=(\d+)", last))
    assert before <= int(values["pgft_min"]) <= after
    assert int(values["vm_size"]) == size


def test_signals_tell_who_sent_them_to_whom(tracer_command: RunTracer) -> None:
    body = """
for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGCHLD): signal.signal(number, lambda *_: None)
os.kill(os.getpid(), signal.SIGUSR1)
signal.setitimer(signal.ITIMER_REAL, 0.01)
signal.pause()
child = os.fork()
if child == 0:
    os.kill(os.getppid(), signal.SIGUSR2)
    os._exit(0)
os.waitpid(child, 0)
print(os.getpid(), child)
"""
    printed, lines = run_python(
        tracer_command, body, "-p%evt.rawarg.sig %evt.rawarg.spid %evt.rawarg.dpid", "evt.type=signaldeliver"
    )
    parent, child = printed
    delivered = [line.split() for line in lines]
    for number, sender in (
        (signal.SIGUSR1, parent),
        (signal.SIGALRM, "0"),
        (signal.SIGUSR2, child),
        (signal.SIGCHLD, child),
    ):
        assert [str(int(number)), sender, parent] in delivered


def test_ends_of_processes_carry_their_wait_status(tracer_command: RunTracer) -> None:
    body = """
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
for end in (lambda: os._exit(41), os.abort, lambda: os.kill(os.getpid(), signal.SIGKILL)):
    child = os.fork()
    if child == 0: end()
    print(child, os.waitpid(child, 0)[1], end=' ')
"""
    printed, lines = run_python(
        tracer_command, body, "-p%proc.pid %evt.rawarg.status %evt.rawarg.ret %evt.rawarg.sig", "evt.type=procexit"
    )
    ended = {words[0]: words[1:] for words in map(str.split, lines)}
    statuses = dict(zip(printed[::2], map(int, printed[1::2]), strict=True))
    assert sorted(statuses.values()) == [signal.SIGABRT, signal.SIGKILL, 41 << 8]
    for pid, status in statuses.items():
        assert ended[pid] == [str(status), str(status >> 8), str(status & 0x7F)]


def test_a_filter_of_the_python_interface_asks_for_context_switches() -> None:
    with subprocess.Popen(["/bin/sh", "-c", "while sleep 0.01; do :; done"]) as shell:
        try:
            with tracer.live(pid=shell.pid, filter="evt.type=switch") as events:
                assert next(events).name == "switch"
            with tracer.live(pid=shell.pid, page_faults=True) as events:
                assert next(event for event in events if event.name == "page_fault").params["addr"] > 0
        finally:
            shell.kill()


def test_switches_from_the_idle_task_are_shown_with_and_without_own_events() -> None:
    for exclude_self in (True, False):
        with tracer.live(filter="evt.type=switch and thread.tid=0", exclude_self=exclude_self) as events:
            event = events.poll(10)
            assert event is not None and event.tid == 0
