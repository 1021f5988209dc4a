"""The wire format of Protocol Buffers, against the official runtime."""

from __future__ import annotations

import pytest
from google.protobuf import wrappers_pb2 as wrappers

from tracer.plugins.exports import protobuf as pb

NUMBERS = [0, 1, 127, 128, 300, 16383, 16384, 2**21, 2**28 - 1, 2**31, 2**35 + 5, 1795359788210253821, 2**63 - 1]


@pytest.mark.parametrize("number", [*NUMBERS, *(-number for number in NUMBERS[1:]), -(2**63)])
def test_signed_numbers_read_back(number: int) -> None:
    assert wrappers.Int64Value.FromString(pb.integer(1, number)).value == number


@pytest.mark.parametrize("number", [2**63, 2**64 - 1])
def test_big_unsigned_numbers_read_back(number: int) -> None:
    assert wrappers.UInt64Value.FromString(pb.integer(1, number)).value == number


def test_numbers_take_as_few_bytes_as_the_official_runtime_takes() -> None:
    for number in NUMBERS[1:]:
        assert pb.integer(1, number) == wrappers.Int64Value(value=number).SerializeToString()


@pytest.mark.parametrize("text", ["", "a", "ä€😀", "x" * 300])
def test_text_reads_back(text: str) -> None:
    assert wrappers.StringValue.FromString(pb.text(1, text)).value == text


def test_text_that_is_no_utf_8_is_replaced() -> None:
    assert wrappers.StringValue.FromString(pb.text(1, "a\udcff")).value == "a?"


def test_fractions_read_back() -> None:
    assert wrappers.DoubleValue.FromString(pb.double(1, -1.5)).value == -1.5


def test_fields_of_a_message_are_found() -> None:
    encoded = pb.integer(1, 300) + pb.message(2, b"abc") + pb.fixed64(3, 2**63)
    assert list(pb.fields(encoded)) == [(1, 300), (2, b"abc"), (3, 2**63)]


@pytest.mark.parametrize("broken", [b"\x08", b"\x08\x80", b"\x12\x05ab", b"\x0b", b"\x09\0", b"\x08" + b"\xff" * 11])
def test_what_is_no_message_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError):
        list(pb.fields(broken))
