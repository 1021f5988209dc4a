"""sendmmsg and recvmmsg: an event for each message, with its own data and addresses."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

import tracer
from tests.conftest import TRACER
from tracer.core import _engine

pytestmark = pytest.mark.live

STRUCTURES = """
import ctypes, socket, struct

libc = ctypes.CDLL(None)
libc.recvmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p]
libc.sendmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]
kept = []

def address(data):
    kept.append(ctypes.create_string_buffer(data, len(data)))
    return ctypes.addressof(kept[-1])

def message(parts, name=b''):
    vector = b''.join(struct.pack('QQ', address(part), len(part)) for part in parts)
    to = address(name) if name else 0
    header = struct.pack('QIxxxxQQQQixxxx', to, len(name), address(vector), len(parts), 0, 0, 0)
    return header + struct.pack('Ixxxx', 0)

def messages(*all):
    return address(b''.join(all))

def sockaddr(port):
    return struct.pack('=H', socket.AF_INET) + struct.pack('>H', port) + bytes([127, 0, 0, 1]) + bytes(8)
"""


def events_of(tmp_path: Path, program: str) -> list[_engine.Event]:
    """The sendmmsg and recvmmsg events of a Python program that has the structures above."""
    capture = tmp_path / "capture.scap"
    command = [TRACER, "run", "-w", capture, "--", sys.executable, "-c", STRUCTURES + program]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=50)
    assert ran.returncode == 0, ran.stderr
    assert "dropped" not in ran.stderr
    with tracer.open(capture) as events:
        return [event for event in events if event.name in ("sendmmsg", "recvmmsg") and not event.is_enter]


def test_each_message_has_its_size_data_and_addresses(tmp_path: Path) -> None:
    program = """
one, two, client = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3))
for number, s in enumerate((one, two, client)): s.bind(('127.0.0.1', 41931 + number))
to = [sockaddr(41931), sockaddr(41932)]
batch = messages(message([b'first'], to[0]), message([b'sec', b'ond'], to[1]), message([b'third one'], to[0]))
assert libc.sendmmsg(client.fileno(), batch, 3, 0) == 3
room = messages(message([bytes(32)], bytes(16)), message([bytes(4), bytes(32)], bytes(16)))
assert libc.recvmmsg(one.fileno(), room, 2, 0, None) == 2
"""
    events = events_of(tmp_path, program)
    assert [event.name for event in events] == ["sendmmsg"] * 3 + ["recvmmsg"] * 2
    assert [event.params["res"] for event in events] == [5, 6, 9, 5, 9]
    assert [event.params["size"] for event in events] == [5, 6, 9, 5, 9]
    assert [event.params["data"] for event in events] == [b"first", b"second", b"third one", b"first", b"third one"]
    assert [event.params["tuple"] for event in events] == [
        ("127.0.0.1:41933", "127.0.0.1:41931"),
        ("127.0.0.1:41933", "127.0.0.1:41932"),
        ("127.0.0.1:41933", "127.0.0.1:41931"),
        ("127.0.0.1:41933", "127.0.0.1:41931"),
        ("127.0.0.1:41933", "127.0.0.1:41931"),
    ]
    assert len({event.params["fd"] for event in events}) == 2


def test_a_call_that_fails_has_one_event(tmp_path: Path) -> None:
    program = "assert libc.sendmmsg(999, messages(message([b'x'])), 1, 0) == -1"
    (event,) = events_of(tmp_path, program)
    assert event.params["res"] == -errno.EBADF
    assert event.params["fd"] == 999
    assert event.params["size"] == 0
    assert not event.params["data"]


def test_hundreds_of_messages_are_all_told(tmp_path: Path) -> None:
    program = """
sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); sink.bind(('127.0.0.1', 41934))
batch = [message([b'%d' % number], sockaddr(41934)) for number in range(700)]
assert libc.sendmmsg(sink.fileno(), messages(*batch), 700, 0) == 700
"""
    events = events_of(tmp_path, program)
    assert [event.params["data"] for event in events] == [b"%d" % number for number in range(700)]
