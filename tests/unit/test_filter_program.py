"""What the compiler hands to the engine: constants by type, and the quantifier of fields with several values."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tracer.core.filter import parse
from tracer.core.filter.compiler import encode_filter

from .filter_registry import StubRegistry


def program(text: str) -> Any:
    return encode_filter(parse(text), StubRegistry(), text)


def constants(text: str) -> Any:
    return program(text)[5]


def quantifier(text: str) -> Any:
    return program(text)[4]


def test_a_whole_program() -> None:
    assert program("not evt.type=open and (fd.num>=3 or proc.name exists)") == (
        "and",
        (
            ("not", ("check", ("field", "evt.type", None), "=", "", "any", (("text", b"open"),))),
            (
                "or",
                (
                    ("check", ("field", "fd.num", None), ">=", "", "any", (("number", 3),)),
                    ("check", ("field", "proc.name", None), "exists", "", "any", None),
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("proc.name=caf\u00e9", ("text", b"caf\xc3\xa9")),
        (r"proc.name='\xff\x00'", ("text", b"\xff\x00")),
        ("proc.pid=-12", ("number", -12)),
        ("proc.pid=0x1F", ("number", 31)),
        ("proc.pid=010", ("number", 10)),
        ("user.uid=-1", ("number", 0xFFFFFFFF)),
        ("proc.duration>1000000000", ("number", 1_000_000_000)),
        ("thread.cpu>1.5", ("real", 1.5)),
        ("evt.is_io=true", ("number", 1)),
        ("evt.is_io=false", ("number", 0)),
        ("fd.ip=127.0.0.1", ("address", b"\x7f\x00\x00\x01")),
        ("fd.ip=::1", ("address", bytes(15) + b"\x01")),
        ("fd.net=10.1.2.3/8", ("network", b"\x0a\x00\x00\x00", 8)),
        ("fd.net=fe80::/10", ("network", b"\xfe\x80" + bytes(14), 10)),
        ("fd.port=8080", ("number", 8080)),
        ("evt.buffer contains 'a b'", ("text", b"a b")),
        ("evt.buffer bcontains 7f454C46", ("text", b"\x7fELF")),
        ("evt.rawarg.flags=12", ("dynamic", b"12", 12)),
        ("evt.rawarg.name=cat", ("dynamic", b"cat", None)),
    ],
)
def test_constants_have_the_type_of_the_field(text: str, expected: tuple[Any, ...]) -> None:
    assert constants(text) == (expected,)


def test_ports_may_be_named() -> None:
    assert constants("fd.port=http") == (("number", socket.getservbyname("http")),)


def test_lists_keep_their_order() -> None:
    assert constants("proc.pid in (3, 1)") == (("number", 3), ("number", 1))


def test_one_end_of_a_connection_is_enough_but_neither_may_equal_what_is_excluded() -> None:
    assert quantifier("fd.ip=10.0.0.1") == "any"
    assert quantifier("fd.port in (80, 443)") == "any"
    assert quantifier("fd.ip!=10.0.0.1") == "all"
    assert quantifier("fd.net!=10.0.0.0/8") == "all"


def test_one_ancestor_is_enough_for_every_operator() -> None:
    assert quantifier("proc.aname=bash") == "any"
    assert quantifier("proc.aname!=bash") == "any"


def test_lists_are_in_a_set_as_a_whole_and_intersect_it_in_one_item() -> None:
    assert quantifier("fd.types in (file, ipv4)") == "all"
    assert quantifier("fd.types intersects (file, ipv4)") == "any"


def test_field_arguments_are_bound() -> None:
    assert program("evt.arg[0]=x")[1] == ("field", "evt.arg", "0")
    assert program("evt.arg.fd=x")[1] == ("field", "evt.arg", "fd")


def test_functions_nest() -> None:
    name, argument = ("field", "proc.name", None), ("field", "proc.pname", None)
    assert program("tolower(basename(proc.name))=x")[1] == ("call", "tolower", (("call", "basename", (name,)),))
    assert program("proc.name=val(proc.pname)")[5] == argument
    assert program("join(',', (proc.name, 'x'))=y")[1] == (
        "call",
        "join",
        (("text", b","), ("list", (name, ("text", b"x")))),
    )


def test_around_is_a_moment_and_a_distance() -> None:
    assert program("evt.around[1000]=2") == ("around", 1000, 2_000_000)
