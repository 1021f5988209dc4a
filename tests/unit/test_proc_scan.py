"""What a live capture knows of processes that were there before it."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import capture_builder as build
from tracer.core._engine import BatchSource, Event, Session, Thread
from tracer.core.driver import Statistics

CHILD = """
import json, os, select, socket, sys, threading
with open("/proc/self/comm", "w") as comm:
    comm.write("a) b (c")
threading.Thread(target=lambda: threading.Event().wait(), daemon=True, name="helper").start()
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
accepted = server.accept()[0]
server6 = socket.create_server(("::1", 0), family=socket.AF_INET6)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
unix = socket.socket(socket.AF_UNIX)
unix.bind(sys.argv[1])
reading, writing = os.pipe()
file = os.open(sys.argv[2], os.O_RDWR | os.O_CREAT | os.O_APPEND)
folder = os.open("/etc", os.O_RDONLY)
epoll = select.epoll()
print(json.dumps({
    "server": [server.fileno(), server.getsockname()[1]], "client": [client.fileno(), client.getsockname()[1]],
    "accepted": [accepted.fileno(), client.getsockname()[1]], "server6": [server6.fileno(), server6.getsockname()[1]],
    "udp": [udp.fileno(), udp.getsockname()[1]], "unix": [unix.fileno(), 0],
    "pipe": [reading, os.fstat(reading).st_ino], "file": [file, 0], "folder": [folder, 0], "epoll": [epoll.fileno(), 0],
}), flush=True)
sys.stdin.read()
"""

CHILD_ELSEWHERE = """
import ctypes, json, socket, sys
CLONE_NEWNET = 0x40000000
assert ctypes.CDLL(None).unshare(CLONE_NEWNET) == 0
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("0.0.0.0", 4567))
print(json.dumps({"udp": [udp.fileno(), 4567]}), flush=True)
sys.stdin.read()
"""


@dataclass
class LiveSource:
    """A driver's source that leaves the tables to /proc and has these events."""

    batches: list[bytes] = field(default_factory=list)

    def tables(self) -> None:
        return None

    def read(self, timeout_s: float) -> bytes | None:
        return self.batches.pop(0) if self.batches else None

    def statistics(self) -> Statistics:
        return Statistics()


@dataclass
class Child:
    pid: int
    folder: str
    descriptors: dict[str, Any]

    def event_on(self, name: str) -> Event:
        """An event of this process on a descriptor that it has."""
        number = self.descriptors[name][0]
        record = build.event(build.CLOSE_E, struct.pack("<q", number), tid=self.pid)
        event = Session(BatchSource(LiveSource([struct.pack("<HI", 0, 0) + record]))).next()
        assert event is not None
        return event

    def shown(self, name: str) -> str:
        descriptor = self.event_on(name).descriptor
        assert descriptor is not None
        return f"{descriptor.type} {descriptor.name}"


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    folder = str(tmp_path_factory.mktemp("child"))
    command = [sys.executable, "-c", CHILD, f"{folder}/socket with spaces", f"{folder}/file"]
    environment = os.environ | {"MARK": "here"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout
        yield Child(process.pid, folder, json.loads(process.stdout.readline()))
        process.stdin.close()


def scanned_threads() -> dict[int, Thread]:
    session = Session(BatchSource(LiveSource()))
    session.next()
    return {thread.tid: thread for thread in session.threads()}


def test_a_process_is_known_with_all_that_names_it(child: Child):
    process = scanned_threads()[child.pid]
    assert (process.tid, process.pid, process.ptid) == (child.pid, child.pid, os.getpid())
    assert process.name == "a) b (c"
    assert process.exe == sys.executable
    assert process.exepath == os.path.realpath(sys.executable)
    assert process.args == ["-c", CHILD, f"{child.folder}/socket with spaces", f"{child.folder}/file"]
    assert process.cwd == f"{child.folder}/"
    assert process.root == "/"
    assert "MARK=here" in process.env
    assert (process.uid, process.gid) == (os.geteuid(), os.getegid())
    assert (process.sid, process.pgid) == (os.getsid(child.pid), os.getpgid(child.pid))
    assert process.cgroups


def test_the_threads_of_a_process_are_known(child: Child):
    tids = {int(task.name) for task in Path(f"/proc/{child.pid}/task").iterdir()}
    threads = [thread for thread in scanned_threads().values() if thread.pid == child.pid]
    assert len(tids) == 2
    assert {thread.tid for thread in threads} == tids
    assert {thread.exepath for thread in threads} == {os.path.realpath(sys.executable)}


def test_files_and_the_like_have_their_names(child: Child):
    assert child.shown("file") == f"file {child.folder}/file"
    assert child.shown("folder") == "directory /etc"
    assert child.shown("pipe") == f"pipe pipe:[{child.descriptors['pipe'][1]}]"
    assert child.shown("epoll") == "eventpoll "
    assert child.shown("unix") == f"unix {child.folder}/socket with spaces"


def test_the_flags_a_file_was_opened_with_are_known(child: Child):
    descriptor = child.event_on("file").descriptor
    assert descriptor is not None
    read_write, append, close_on_exec = 3, 8, 4096
    mask = read_write | append | close_on_exec
    assert descriptor.open_flags & mask == mask


def test_sockets_have_their_addresses(child: Child):
    port = {name: port for name, (_, port) in child.descriptors.items()}
    assert child.shown("server") == f"ipv4 127.0.0.1:{port['server']}"
    assert child.shown("server6") == f"ipv6 ::1:{port['server6']}"
    assert child.shown("udp") == f"ipv4 127.0.0.1:{port['udp']}"


def test_both_ends_of_a_connection_begin_with_the_client(child: Child):
    client, server = child.descriptors["client"][1], child.descriptors["server"][1]
    expected = f"ipv4 127.0.0.1:{client}->127.0.0.1:{server}"
    assert child.shown("client") == expected
    assert child.shown("accepted") == expected


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a network namespace of its own")
def test_sockets_of_another_network_namespace_are_found():
    with subprocess.Popen(
        [sys.executable, "-c", CHILD_ELSEWHERE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout
        other = Child(process.pid, "", json.loads(process.stdout.readline()))
        assert other.shown("udp") == "ipv4 0.0.0.0:4567"
        process.stdin.close()


def test_the_machine_is_known():
    events = Session(BatchSource(LiveSource([struct.pack("<HI", 0, 0) + build.event(build.CLOSE_E, bytes(8), tid=1)])))
    event = events.next()
    assert event is not None
    assert event["evt.num"] == 1
    assert event["user.name"] == "root"
