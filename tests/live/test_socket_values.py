"""What events tell of sockets, against what the program itself and `ss` see of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import tracer
from tests.conftest import TRACER
from tracer.core import _engine

pytestmark = pytest.mark.live


def recorded(tmp_path: Path, program: str) -> tuple[list[str], list[_engine.Event]]:
    """The lines that a Python program printed, and its events."""
    capture = tmp_path / "capture.scap"
    command = [TRACER, "run", "-w", capture, "--", sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=50)
    assert ran.returncode == 0, ran.stderr
    with tracer.open(capture) as events:
        return ran.stdout.splitlines(), [event for event in events if not event.is_enter]


def first(events: list[_engine.Event], name: str) -> _engine.Event:
    return next(event for event in events if event.name == name)


TALK = """
import socket
family, host = socket.AF_INET{0}, '{1}'
def text(name): return f'{2}'
server = socket.create_server((host, 0), family=family)
client = socket.socket(family)
client.connect(server.getsockname()[:2])
peer, _ = server.accept()
print(text(client.getsockname()), text(client.getpeername()))
client.send(b'to'); peer.recv(9)
peer.send(b'back'); client.recv(9)
client.sendmsg([b'message']); peer.recvmsg(9)
"""


@pytest.mark.parametrize(("family", "host"), [("", "127.0.0.1"), ("6", "::1")])
def test_both_ends_of_a_connection_are_told_in_the_direction_of_the_data(
    tmp_path: Path, family: str, host: str
) -> None:
    shown = "[{name[0]}]:{name[1]}" if family else "{name[0]}:{name[1]}"
    (line,), events = recorded(tmp_path, TALK.format(family, host, shown))
    client, server = line.split()
    assert first(events, "connect").params["tuple"] == (client, server)
    assert first(events, "connect").params["addr"] == server
    assert first(events, "accept4").params["tuple"] == (client, server)
    for name in ("sendto", "recvfrom"):
        there, back = (event.params["tuple"] for event in events if event.name == name)
        assert there == (client, server)
        assert back == (server, client)
    assert first(events, "sendmsg").params["tuple"] == first(events, "recvmsg").params["tuple"] == (client, server)


def test_a_datagram_that_is_not_connected_tells_both_ends(tmp_path: Path) -> None:
    program = """
import socket
one, two = (socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(2))
one.bind(('::1', 0)); two.bind(('::1', 0))
print(one.getsockname()[1], two.getsockname()[1])
one.sendto(b'x', two.getsockname()); two.recvfrom(9)
"""
    (line,), events = recorded(tmp_path, program)
    one, two = (f"[::1]:{port}" for port in line.split())
    assert first(events, "sendto").params["tuple"] == (one, two)
    assert first(events, "recvfrom").params["tuple"] == (one, two)


@pytest.mark.parametrize(("name", "shown"), [("'path'", "path"), ("'\\0abstract'", "@abstract")])
def test_unix_sockets_are_told_by_their_name_and_by_both_ends(tmp_path: Path, name: str, shown: str) -> None:
    program = f"""
import socket
server, client = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
server.bind({name}); server.listen(1)
client.connect({name})
peer, _ = server.accept()
client.send(b'to'); peer.recv(9)
"""
    _, events = recorded(tmp_path, program)
    assert first(events, "bind").params["addr"] == shown
    source, destination, path = first(events, "connect").params["tuple"]
    assert path == shown
    for event in ("accept4", "sendto", "recvfrom"):
        tuple_ = first(events, event).params["tuple"]
        assert set(tuple_[:2]) == {source, destination}, event


def test_a_pair_of_sockets_is_told_by_the_addresses_of_both(tmp_path: Path) -> None:
    program = "import socket; a, b = socket.socketpair(); a.send(b'x'); b.recv(9); b.send(b'y')"
    _, events = recorded(tmp_path, program)
    pair = first(events, "socketpair").params
    ends = {pair["source"], pair["peer"]}
    assert len(ends) == 2
    assert all(end >= 1 << 63 for end in ends)
    there, back = (event.params["tuple"] for event in events if event.name == "sendto")
    assert set(there[:2]) == ends
    assert there[:2] == back[1::-1]


def test_the_queue_of_a_listening_socket_is_as_full_as_ss_says(tmp_path: Path) -> None:
    program = """
import socket, subprocess
server = socket.create_server(('127.0.0.1', 0), backlog=8)
port = server.getsockname()[1]
clients = [socket.create_connection(('127.0.0.1', port)) for _ in range(5)]
for _ in range(5):
    peer, _ = server.accept()
    line = subprocess.run(['ss', '-Hltn', f'sport = :{port}'], capture_output=True, text=True).stdout
    print(*line.split()[1:3])
"""
    lines, events = recorded(tmp_path, program)
    accepts = [event.params for event in events if event.name == "accept4" and event.params["fd"] >= 0]
    told = [(params["queuelen"], params["queuemax"]) for params in accepts]
    assert told == [tuple(map(int, line.split())) for line in lines]
    assert told == [(4, 8), (3, 8), (2, 8), (1, 8), (0, 8)]
    assert [params["queuepct"] for params in accepts] == [50, 37, 25, 12, 0]


def test_the_queue_of_a_listening_unix_socket_is_as_full_as_ss_says(tmp_path: Path) -> None:
    program = """
import os, socket, subprocess
server = socket.socket(socket.AF_UNIX)
server.bind(os.path.abspath('queue')); server.listen(6)
clients = [socket.socket(socket.AF_UNIX) for _ in range(3)]
for client in clients: client.connect('queue')
for _ in range(3):
    peer, _ = server.accept()
    line = subprocess.run(['ss', '-Hlx', 'src', os.path.abspath('queue')], capture_output=True, text=True).stdout
    print(*line.split()[2:4])
"""
    lines, events = recorded(tmp_path, program)
    accepts = [event.params for event in events if event.name == "accept4" and event.params["fd"] >= 0]
    told = [(params["queuelen"], params["queuemax"], params["queuepct"]) for params in accepts]
    assert [counts[:2] for counts in told] == [tuple(map(int, line.split())) for line in lines]
    assert told == [(2, 6, 33), (1, 6, 16), (0, 6, 0)]


def test_the_options_of_a_socket_are_told_with_their_values(tmp_path: Path) -> None:
    program = """
import socket, struct
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4321)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('qq', 3, 250000))
s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
"""
    _, events = recorded(tmp_path, program)
    told = [event.params for event in events if event.name in ("setsockopt", "getsockopt")]
    values = [(params["level"], params["optname"], params["val"], params["optlen"]) for params in told]
    assert values[:3] == [(1, 8, 4321, 4), (1, 20, 3_250_000_000, 16), (1, 4, 0, 4)]
    assert values[3][0] == 2  # SOL_TCP of scap
    assert values[3][2:] == (b"\1\0\0\0", 4)
