"""How much of a data buffer is kept: more of what known protocols carry, and of chosen ports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import tracer
from tests.conftest import TRACER
from tracer.core import _engine

pytestmark = pytest.mark.live

LENGTH = 20_000
PORT = 41940

EXCHANGE = """
import os, socket, sys
port, start = int(sys.argv[1]), bytes.fromhex(sys.argv[2])
data = start + b'.' * (20000 - len(start))
with socket.create_server(('127.0.0.1', port)) as server, socket.create_connection(('127.0.0.1', port)) as client:
    peer, _ = server.accept()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 100000)
    client.sendall(data)
    peer.recv(20000, socket.MSG_WAITALL)
    os.write(client.fileno(), data)
    peer.recv(20000, socket.MSG_WAITALL)
    os.writev(client.fileno(), [data[:10000], data[10000:]])
    got = 0
    while got < 20000: got += len(os.read(peer.fileno(), 20000))
    client.sendmsg([data])
"""

DATAGRAM = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: s.sendto(b'x' * 20000, ('127.0.0.1', int(sys.argv[1])))
"""


def kept(tmp_path: Path, options: list[str], program: str, port: int, start: bytes = b"") -> list[tuple[str, int]]:
    """The calls of `program` that passed its data, and how much of it their events keep."""
    capture = tmp_path / "capture.scap"
    command = [TRACER, "run", *options, "-w", capture, "--"]
    command += [sys.executable, "-c", program, str(port), start.hex()]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=50)
    assert ran.returncode == 0, ran.stderr
    with tracer.open(capture) as events:
        return [(event.name, len(event.params["data"])) for event in events if passes_all(event)]


def passes_all(event: _engine.Event) -> bool:
    return not event.is_enter and "data" in event.params and event.params["res"] == LENGTH


@pytest.mark.parametrize(
    ("protocol", "port", "start"),
    [
        ("HTTP request", PORT, b"GET / HTTP/1.1\r\n"),
        ("HTTP answer", PORT, b"HTTP/1.1 200 OK\r\n"),
        ("MySQL query", 3306, b"\x1c\x00\x00\x00\x03select 1"),
        ("PostgreSQL query", 5432, b"Q\x00\x00\x00\x1aselect 1;\x00"),
        ("MongoDB message", PORT, bytes.fromhex("3a000000010000000000000001000000")),
    ],
)
def test_2000_bytes_are_kept_of_known_protocols(tmp_path: Path, protocol: str, port: int, start: bytes) -> None:
    found = kept(tmp_path, ["--dynamic-snaplen"], EXCHANGE, port, start)
    by_name = {name: size for name, size in found if name != "sendmsg" and name != "writev"}
    assert by_name["sendto"] == by_name["recvfrom"] == by_name["write"] == 2000, protocol
    # What is spread over a vector is not looked into, only its ports are.
    assert [size for name, size in found if name in ("writev", "sendmsg")] == [80, 80]


def test_other_data_is_kept_up_to_the_snap_length(tmp_path: Path) -> None:
    assert {size for _, size in kept(tmp_path, ["--dynamic-snaplen"], EXCHANGE, PORT, b"GOT / HTTP")} == {80}
    assert {size for _, size in kept(tmp_path, ["--dynamic-snaplen"], EXCHANGE, 3306, b"\1\1\1\1\1\1")} == {80}


def test_without_the_option_protocols_are_not_looked_for(tmp_path: Path) -> None:
    assert {size for _, size in kept(tmp_path, [], EXCHANGE, PORT, b"GET / HTTP/1.1")} == {80}


def test_a_longer_snap_length_stays(tmp_path: Path) -> None:
    sizes = {size for _, size in kept(tmp_path, ["--dynamic-snaplen", "-s", "3000"], EXCHANGE, PORT, b"GET / HTTP/1.1")}
    assert sizes == {3000}


def test_datagrams_to_dns_and_statsd_are_kept_longer(tmp_path: Path) -> None:
    assert kept(tmp_path, ["--dynamic-snaplen"], DATAGRAM, 53) == [("sendto", 512)]
    assert kept(tmp_path, ["--dynamic-snaplen"], DATAGRAM, 8125) == [("sendto", 2000)]
    assert kept(tmp_path, ["--dynamic-snaplen", "--statsd-port", "8126"], DATAGRAM, 8125) == [("sendto", 80)]
    assert kept(tmp_path, ["--dynamic-snaplen", "--statsd-port", "8126"], DATAGRAM, 8126) == [("sendto", 2000)]


@pytest.mark.parametrize("ports", [f"{PORT}", f"{PORT - 5}-{PORT + 5}"])
def test_16000_bytes_are_kept_of_chosen_ports(tmp_path: Path, ports: str) -> None:
    found = kept(tmp_path, ["--full-capture-ports", ports], EXCHANGE, PORT, b"anything")
    assert {name for name, _ in found} >= {"sendto", "recvfrom", "write", "writev", "sendmsg"}
    assert {size for _, size in found} == {16000}


def test_ports_outside_the_chosen_ones_are_cut_as_usual(tmp_path: Path) -> None:
    options = ["--full-capture-ports", f"{PORT + 1}-{PORT + 5}"]
    assert {size for _, size in kept(tmp_path, options, EXCHANGE, PORT, b"anything")} == {80}
