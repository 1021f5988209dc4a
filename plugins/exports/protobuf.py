"""The wire format of Protocol Buffers, as far as it is needed: messages are fields one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

_VARINT, _FIXED64, _LENGTH = 0, 1, 2
"""Wire types."""

_FIXED_BYTES = {1: 8, 5: 4}
"""Wire types of numbers that always take as many bytes."""

_U64 = (1 << 64) - 1
_SMALL = [bytes([value]) for value in range(128)]
_PAIRS = [bytes((value & 127 | 128, value >> 7 | 128)) for value in range(1 << 14)]
"""Two bytes of a number that goes on: times take nine."""

_fixed64 = Struct("<Q").pack
_double = Struct("<d").pack


def varint(value: int) -> bytes:
    """An integer in as few bytes as it takes; negative ones as the 64-bit number with the same bits."""
    if 0 <= value < 128:
        return _SMALL[value]
    value &= _U64
    out = b""
    while value >> 14:
        out += _PAIRS[value & 0x3FFF]
        value >>= 14
    return out + (_SMALL[value] if value < 128 else bytes((value & 127 | 128, value >> 7)))


_TAGS = [varint(tag) for tag in range(128 << 3)]
"""What stands before each field, by number and wire type. Numbers beyond 127 are not in use here."""


def integer(number: int, value: int) -> bytes:
    """Field `number` of any integer, bool or enum type but the zigzag and fixed ones."""
    return _TAGS[number << 3 | _VARINT] + varint(value)


def fixed64(number: int, value: int) -> bytes:
    """Field `number` of type fixed64."""
    return _TAGS[number << 3 | _FIXED64] + _fixed64(value & _U64)


def double(number: int, value: float) -> bytes:
    """Field `number` of type double."""
    return _TAGS[number << 3 | _FIXED64] + _double(value)


def message(number: int, encoded: bytes) -> bytes:
    """Field `number` that is a message, or of type bytes."""
    return _TAGS[number << 3 | _LENGTH] + varint(len(encoded)) + encoded


def text(number: int, value: str) -> bytes:
    """Field `number` of type string. What is no UTF-8 is replaced: readers refuse messages that have it."""
    return message(number, value.encode(errors="replace"))


def fields(encoded: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message: number, and the value as an integer, or as bytes for what has a length.

    Raises ValueError for what is no message.
    """
    at = 0
    while at < len(encoded):
        key, at = _read_varint(encoded, at)
        value: int | bytes
        if key & 7 == _VARINT:
            value, at = _read_varint(encoded, at)
        elif key & 7 == _LENGTH:
            size, at = _read_varint(encoded, at)
            value, at = encoded[at : at + size], at + size
        elif key & 7 in _FIXED_BYTES:
            size = _FIXED_BYTES[key & 7]
            value, at = int.from_bytes(encoded[at : at + size], "little"), at + size
        else:
            raise ValueError(f"wire type {key & 7} is not known")
        if at > len(encoded):
            raise ValueError("a field goes beyond the message")
        yield key >> 3, value


def _read_varint(encoded: bytes, at: int) -> tuple[int, int]:
    """The integer at a place, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if at == len(encoded):
            raise ValueError("the message ends in a number")
        value |= (encoded[at] & 127) << shift
        at += 1
        if encoded[at - 1] < 128:
            return value, at
    raise ValueError("a number has more than 64 bits")
