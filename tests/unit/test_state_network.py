from __future__ import annotations

from typing import Any

import pytest

from tests.unit.state_helpers import note
from tracer.drivers.fake.script import Script

SHAPES = pytest.mark.parametrize("enter_events", [False, True], ids=["exit events only", "enter and exit events"])
SERVER, CLIENT = "10.0.0.1:80", "10.0.0.2:4000"


def exits(script: Script, *fields: str, event: str) -> list[Any]:
    return [row[1:] for row in note(script, "evt.dir", *fields, event=event) if row[0] == "<"]


@SHAPES
def test_a_connection_is_named_by_both_its_ends_the_client_first(enter_events: bool) -> None:
    script = Script(enter_events=enter_events)
    process = script.process("curl", pid=100)
    process.socket(returns=3)
    process.connect(3, SERVER, source=CLIENT)
    process.write(3, b"GET")
    fields = ("fd.name", "fd.type", "fd.l4proto", "fd.cip", "fd.sport")
    assert exits(script, *fields, event="write") == [(f"{CLIENT}->{SERVER}", "ipv4", "tcp", "10.0.0.2", 80)]


@SHAPES
def test_an_accepted_connection_is_named_by_both_its_ends_the_client_first(enter_events: bool) -> None:
    script = Script(enter_events=enter_events)
    process = script.process("nginx", pid=100)
    process.socket(returns=3)
    process.bind(3, "0.0.0.0:80")
    process.listen(3)
    process.accept4(3, client=CLIENT, server=SERVER, returns=4)
    process.read(4, b"GET")
    assert exits(script, "fd.name", event="listen") == [("0.0.0.0:80",)]
    assert exits(script, "fd.name", event="read") == [(f"{CLIENT}->{SERVER}",)]


def test_ipv6_addresses_are_written_short() -> None:
    script = Script()
    process = script.process("curl", pid=100)
    process.socket("AF_INET6", returns=3)
    process.connect(3, "[::1]:80", source="[::1]:4000")
    process.write(3, b"x")
    assert exits(script, "fd.name", "fd.type", event="write") == [("::1:4000->::1:80", "ipv6")]


def test_ipv4_inside_ipv6_is_shown_as_ipv4() -> None:
    script = Script()
    process = script.process("curl", pid=100)
    process.socket("AF_INET6", returns=3)
    process.connect(3, "[::ffff:10.0.0.1]:80", source="[::ffff:10.0.0.2]:4000")
    process.write(3, b"x")
    assert exits(script, "fd.name", "fd.type", "fd.l4proto", event="write") == [(f"{CLIENT}->{SERVER}", "ipv4", "tcp")]


def test_the_name_of_a_socket_that_failed_to_connect_is_not_that_of_a_connection() -> None:
    script = Script()
    process = script.process("curl", pid=100)
    process.socket(returns=3)
    process.connect(3, SERVER, source=CLIENT, returns="ECONNREFUSED")
    process.write(3, returns="EPIPE")
    assert not exits(script, "fd.name", event="write")[0][0]


def test_a_connection_in_progress_has_its_name() -> None:
    script = Script()
    process = script.process("curl", pid=100)
    process.socket(returns=3)
    process.connect(3, SERVER, source=CLIENT, returns="EINPROGRESS")
    process.write(3, b"x")
    assert exits(script, "fd.name", event="write") == [(f"{CLIENT}->{SERVER}",)]


@SHAPES
def test_a_datagram_socket_is_named_by_where_it_sends(enter_events: bool) -> None:
    script = Script(enter_events=enter_events)
    process = script.process("dig", pid=100)
    process.socket(type=2, returns=3)
    process.event("sendto", res=4, data=b"ping", fd=3, size=4, tuple="10.0.0.2:4000->10.0.0.53:53")
    process.event("recvfrom", res=4, data=b"pong", tuple="10.0.0.53:53->10.0.0.2:4000", fd=3, size=512)
    assert exits(script, "fd.name", "fd.l4proto", event="sendto") == [("10.0.0.2:4000->10.0.0.53:53", "udp")]
    assert exits(script, "fd.name", event="recvfrom") == [("10.0.0.2:4000->10.0.0.53:53",)]


@SHAPES
def test_a_bound_datagram_socket_is_a_server_and_stays_the_destination(enter_events: bool) -> None:
    script = Script(enter_events=enter_events)
    process = script.process("dnsmasq", pid=100)
    process.socket(type=2, returns=3)
    process.bind(3, "10.0.0.53:53")
    process.event("recvfrom", res=4, data=b"ping", tuple="10.0.0.2:4000->10.0.0.53:53", fd=3, size=512)
    process.event("sendto", res=4, data=b"pong", fd=3, size=4, tuple="10.0.0.53:53->10.0.0.2:4000")
    expected = [("10.0.0.2:4000->10.0.0.53:53",)]
    assert exits(script, "fd.name", event="recvfrom") == expected
    assert exits(script, "fd.name", event="sendto") == expected


def test_a_datagram_to_an_address_tells_of_a_socket_nobody_saw_being_made() -> None:
    script = Script()
    process = script.process("dig", pid=100)
    process.event("sendto", res=4, data=b"ping", fd=9, size=4, tuple="10.0.0.2:4000->10.0.0.53:53")
    assert exits(script, "fd.name", "fd.l4proto", event="sendto") == [("10.0.0.2:4000->10.0.0.53:53", "udp")]


def test_unix_sockets_are_named_by_their_path() -> None:
    script = Script()
    process = script.process("psql", pid=100)
    process.socket("AF_UNIX", returns=3)
    process.connect(3, "/run/db.sock")
    process.write(3, b"x")
    ((name, kind),) = exits(script, "fd.name", "fd.type", event="write")
    assert kind == "unix"
    assert name.endswith(" /run/db.sock")


def test_both_ends_of_a_socket_pair_are_known() -> None:
    script = Script()
    process = script.process("sh", pid=100)
    process.event("socketpair", res=0, fd1=3, fd2=4, source=0x10, peer=0x20, domain="AF_UNIX", type=1)
    process.write(3, b"x")
    process.write(4, b"x")
    assert exits(script, "fd.type", event="write") == [("unix",), ("unix",)]


def test_a_socket_of_another_family_is_a_descriptor_of_unknown_type() -> None:
    script = Script()
    process = script.process("dhclient", pid=100)
    process.socket("AF_PACKET", returns=8)
    process.close(8)
    assert exits(script, "fd.typechar", "evt.arg.fd", event="socket") == [("o", "<o>")]
