"""What was already running, and open, when the tracing began: read from /proc."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import tracer
from tests.conftest import RunTracer
from tracer.core import _engine

pytestmark = pytest.mark.live

USES_WHAT_IS_OPEN = """
import os, socket, sys, threading, time
server = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(server.getsockname())
accepted, _ = server.accept()
server6 = socket.create_server(('::1', 0), family=socket.AF_INET6)
client6 = socket.create_connection(server6.getsockname()[:2])
listener = socket.socket(socket.AF_UNIX); listener.bind('\\0tracer-%d' % os.getpid()); listener.listen()
local = socket.socket(socket.AF_UNIX); local.connect(listener.getsockname())
file = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR)
reader, writer = os.pipe()
def lseek():
    while True: os.lseek(file, 0, 0); time.sleep(0.01)
threading.Thread(target=lseek, daemon=True).start()
name = '127.0.0.1:%d->127.0.0.1:%d' % (client.getsockname()[1], server.getsockname()[1])
name6 = '::1:%d->::1:%d' % (client6.getsockname()[1], server6.getsockname()[1])
print(client.fileno(), name, client6.fileno(), name6, local.fileno(), file, writer, flush=True)
while True:
    client.send(b'x'); accepted.recv(1); client6.send(b'y'); local.send(b'z')
    os.write(writer, b'w'); os.read(reader, 1); time.sleep(0.01)
"""


@contextmanager
def running(path: Path) -> Iterator[tuple[int, list[str]]]:
    """A process that uses what it has opened before; its id and what it says of its descriptors."""
    command = [sys.executable, "-c", USES_WHAT_IS_OPEN, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.pid, process.stdout.readline().split()
        finally:
            process.kill()


def coming(events: tracer.EventStream, seconds: float) -> Iterator[_engine.Event]:
    """The events of the next seconds, each as it comes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        event = events.poll(0.05)
        if event is not None:
            yield event


def test_descriptors_that_were_open_before_have_their_names(tmp_path: Path) -> None:
    path = tmp_path / "opened before"
    with running(path) as (pid, told), tracer.live(filter=f"proc.pid={pid} and fd.num>=0") as events:
        names = {(event["fd.num"], event["fd.type"]): event["fd.name"] for event in coming(events, 0.5)}
        pipe = str(Path(f"/proc/{pid}/fd/{told[6]}").readlink())
    assert names[int(told[0]), "ipv4"] == told[1]
    assert names[int(told[2]), "ipv6"] == told[3]
    assert str(names[int(told[4]), "unix"]).endswith(f"@tracer-{pid}")
    assert names[int(told[5]), "file"] == str(path)
    assert names[int(told[6]), "pipe"] == pipe


def test_processes_and_threads_that_ran_before_are_known(tmp_path: Path) -> None:
    with running(tmp_path / "file") as (pid, _), tracer.live(filter=f"proc.pid={pid}") as events:
        event = next(event for event in events if event.name == "lseek")
        assert str(event["proc.cmdline"]).endswith(f" {tmp_path / 'file'}")
        assert event["proc.exepath"] == str(Path(f"/proc/{pid}/exe").readlink())
        assert event["proc.cwd"] == f"{Path(f'/proc/{pid}/cwd').readlink()}/"
        assert event["proc.ppid"] == os.getpid()
        tids = {event.tid for event in coming(events, 0.3)}
        assert tids == {int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()}


def test_every_event_of_the_machine_names_its_process(tracer_command: RunTracer) -> None:
    ran = tracer_command("-n", "300", "-p*%proc.name|%evt.type", "-M", "5", "not evt.type in (procexit)")
    assert ran.status == 0
    named = [line for line in ran.lines if not line.startswith(("<NA>|", "|"))]
    assert len(named) >= 0.98 * len(ran.lines) > 0
