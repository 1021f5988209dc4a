"""The tables at the start, while processes fork, open, close, move and end: nothing is missing or counted twice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import tracer

pytestmark = pytest.mark.live

STORM = Path(__file__).with_name("storm.c")
BUFFER = 256 << 20
PROCESSES = 60

Descriptors = dict[int, str]
"""Paths of files; pipes and sockets have no names that events could tell."""


@contextmanager
def storm(tmp_path: Path) -> Iterator[int]:
    """A process group that changes all the time until it is stilled; its id."""
    program, folder = tmp_path / "storm", tmp_path / "folder"
    subprocess.run(["cc", "-w", "-o", program, STORM], check=True)
    (folder / "down" / "down").mkdir(parents=True)
    for number in range(40):
        (folder / f"file{number}").touch()
    command = [program, folder, str(PROCESSES)]
    with subprocess.Popen(command, process_group=0, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def members(group: int) -> list[int]:
    """The processes of the group, except for those that have ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group_of_it = path.read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(group_of_it) == group and state != "Z":
            found.append(int(path.parent.name))
    return found


def still(group: int) -> None:
    """Has all of the group wait."""
    os.killpg(group, signal.SIGUSR1)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        before = {pid: used_time(pid) for pid in members(group)}
        time.sleep(0.3)
        if before == {pid: used_time(pid) for pid in members(group)}:
            return
    raise TimeoutError("the storm does not end")


def used_time(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text().partition("voluntary_ctxt_switches")[2]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def in_proc(pid: int) -> tuple[str, str, Descriptors]:
    """Name, working directory and files, as /proc has them."""
    process = Path(f"/proc/{pid}")
    links = {int(path.name): str(path.readlink()) for path in (process / "fd").iterdir()}
    files = {fd: link for fd, link in links.items() if link.startswith("/")}
    return (process / "comm").read_text().rstrip(), str((process / "cwd").readlink()), files


def as_traced(events: tracer.EventStream, group: int) -> dict[int, tuple[str, str, Descriptors]]:
    """The same, as the events tell it when every process of the group uses all its descriptors."""
    os.killpg(group, signal.SIGUSR1)
    traced: dict[int, tuple[str, str, Descriptors]] = {}
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        event = events.poll(0.1)
        if event is None:
            continue
        deadline = time.monotonic() + 3
        about = traced.setdefault(event.tid, (str(event["proc.name"]), str(event["proc.cwd"]), {}))
        if event["fd.type"] == "file":
            about[2][event.params["fd"]] = str(event["fd.name"])
    return traced


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_a_storm_at_the_start_leaves_the_tables_as_proc_has_them(tmp_path: Path, seconds: float) -> None:
    with storm(tmp_path) as group:
        whole = 0
        for _ in range(4):
            with tracer.live(filter=f"evt.type=lseek and proc.pgid={group}", buffer_bytes=BUFFER) as events:
                time.sleep(seconds)
                still(group)
                expected = {pid: in_proc(pid) for pid in members(group)}
                traced = as_traced(events, group)
                dropped = events.statistics.dropped
            os.killpg(group, signal.SIGUSR2)
            if dropped:  # others on the machine may make more events than fit
                continue
            whole += 1
            assert len(expected) == PROCESSES + 1
            assert set(traced) == set(expected)
            for pid, (name, cwd, descriptors) in expected.items():
                assert traced[pid] == (name, cwd + "/", descriptors), pid
        assert whole > 0
