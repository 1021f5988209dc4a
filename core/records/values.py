"""Python values as the bytes of event parameters, by the type that the schema gives them."""

from __future__ import annotations

import errno
import signal
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from tracer.core.schema.source import DYNAMIC_TABLES, PARAM_TYPES
from tracer.core.schema.tables import FLAG_TABLES, SYSCALL_IDS, Param

Value: TypeAlias = (
    "int | float | str | bytes | Sequence[str] | Sequence[tuple[int, int]] | tuple[str, int | str] | None"
)
"""What a parameter may be given as, by its type:

- numbers, descriptors, ids: int; times: int, nanoseconds; flags: int or names, "O_RDONLY|O_CLOEXEC"
- `errno`, `fd`, `pid`: int, negative for an error, or the error's name, "ENOENT"
- `sigtype`: int or "SIGTERM"; `syscallid`: int or name
- `charbuf` and paths: str or bytes; `bytebuf`: bytes, str, or a sequence of str, which become a NUL-separated list
- `sockaddr`: "10.0.0.1:80", "[::1]:80", "/run/socket" or "@abstract"
- `socktuple`: two internet addresses joined by "->", or the path of a unix socket
- `fdlist`: a sequence of (descriptor, flags)
- `dyn`: (type, value), such as ("uint32", 1), where type is one of the parameter's alternatives
- of any type: None for no bytes at all. Of types of variable width: bytes are taken as they are.
"""

AT_FDCWD = -100
"""The directory descriptor that stands for the current directory."""

_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
_INTEGER_FORMATS = {(1, True): "<b", (2, True): "<h", (4, True): "<i", (8, True): "<q"} | {
    (1, False): "<B",
    (2, False): "<H",
    (4, False): "<I",
    (8, False): "<Q",
}
_SIGNED = frozenset({"int8", "int16", "int32", "int64", "errno", "fd", "pid", "fd32", "pid32"})
_NO_DESCRIPTOR = frozenset({"fd", "fd32"})
_TEXT = frozenset({"charbuf", "fspath", "fsrelpath"})


class ValueProblem(Exception):
    """A value does not suit its parameter; `kind` is the exception that the caller is to see."""

    def __init__(self, message: str, kind: type[TypeError] | type[ValueError]) -> None:
        super().__init__(message)
        self.kind = kind


def encode_value(param: Param, value: object) -> bytes:
    """The bytes of a parameter. Raises ValueProblem."""
    if value is None:
        return b""
    width = PARAM_TYPES[param.type][1]
    try:
        if param.type in _VARIABLE:
            return _VARIABLE[param.type](param, value)
        if param.type == "double":
            return struct.pack("<d", value)
        if width == 16:
            return socket.inet_pton(socket.AF_INET6, str(value))
        if param.type == "ipv4addr" and isinstance(value, str):
            return socket.inet_aton(value)
        return _integer(_number(param, value), width, param.type in _SIGNED)
    except OSError:
        raise ValueProblem(f"{value!r} is not an address", ValueError) from None
    except struct.error:
        raise ValueProblem(f"{value!r} is not a number", TypeError) from None


def empty_value(param: Param) -> bytes:
    """What stands for "nothing" in a parameter that was not given."""
    if param.type in _NO_DESCRIPTOR:
        return encode_value(param, -1)
    if param.type in _TEXT:
        return b"\0"
    if param.type == "fdlist":
        return b"\0\0"
    if param.type == "dyn":
        kind = DYNAMIC_TABLES[param.argument][0][0]
        return b"\0" + empty_value(Param(param.name, kind, "na", "", False))
    return bytes(PARAM_TYPES[param.type][1])


def address_parts(text: str) -> tuple[int, bytes, int]:
    """scap family, address bytes and port of "10.0.0.1:80" or "[::1]:80". Raises ValueProblem."""
    host, colon, port = text.rpartition(":")
    try:
        if not colon or not 0 <= int(port) < 1 << 16:
            raise ValueError
        if host.startswith("[") and host.endswith("]"):
            return _AF_INET6, socket.inet_pton(socket.AF_INET6, host[1:-1]), int(port)
        return _AF_INET, socket.inet_pton(socket.AF_INET, host), int(port)
    except (OSError, ValueError):
        raise ValueProblem(f"{text!r} is not an address such as 10.0.0.1:80 or [::1]:80", ValueError) from None


def is_unix_path(text: str) -> bool:
    """True for what can only be the name of a unix socket: a path, an abstract name, or none."""
    return not text or text[0] in "/@."


def _number(param: Param, value: object) -> int:
    """A number, or what the names in a text stand for."""
    if isinstance(value, int):
        return int(value)
    if not isinstance(value, str):
        raise ValueProblem(f"{value!r} is not a whole number ({param.type})", TypeError)
    try:
        if param.type in ("errno", "fd", "pid"):
            number: int = getattr(errno, value)
            return -number
        if param.type == "sigtype":
            return signal.Signals[value].value
        if param.type == "syscallid":
            return SYSCALL_IDS[value]
        if param.argument in FLAG_TABLES:
            total = 0
            for name in value.split("|"):
                total |= FLAG_TABLES[param.argument][name]
            return total
    except (AttributeError, KeyError):
        raise ValueProblem(f"{value!r} is not a name of {param.argument or param.type}", ValueError) from None
    raise ValueProblem(f"{value!r} is not a whole number ({param.type})", TypeError)


def _integer(number: int, width: int, signed: bool) -> bytes:
    try:
        return struct.pack(_INTEGER_FORMATS[width, signed], number)
    except struct.error:
        sign = "signed" if signed else "unsigned"
        raise ValueProblem(f"{number} does not fit {width * 8} bits, {sign}", ValueError) from None


def _text(param: Param, value: object) -> bytes:
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    if not isinstance(data, bytes):
        raise ValueProblem(f"{value!r} is not text ({param.type})", TypeError)
    if b"\0" in data:
        raise ValueProblem(f"{value!r} has a NUL inside", ValueError)
    return data + b"\0"


def _buffer(param: Param, value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if not isinstance(value, Sequence):
        raise ValueProblem(f"{value!r} is not bytes, text or a sequence of texts ({param.type})", TypeError)
    return b"".join(_text(param, item) for item in value)


def _socket_address(param: Param, value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise ValueProblem(f"{value!r} is not the text of an address", TypeError)
    if is_unix_path(value):
        return bytes([_AF_UNIX]) + _text(param, value)
    family, address, port = address_parts(value)
    return bytes([family]) + address + struct.pack("<H", port)


def _socket_tuple(param: Param, value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise ValueProblem(f"{value!r} is not the text of a connection", TypeError)
    if "->" not in value:
        if not is_unix_path(value):
            raise ValueProblem(f"{value!r} is neither A->B nor the path of a unix socket", ValueError)
        return bytes([_AF_UNIX]) + bytes(16) + _text(param, value)
    source, destination = (address_parts(part) for part in value.split("->", 1))
    if source[0] != destination[0]:
        raise ValueProblem(f"{value!r} joins an IPv4 and an IPv6 address", ValueError)
    return b"".join(
        [bytes([source[0]]), source[1], struct.pack("<H", source[2]), destination[1], struct.pack("<H", destination[2])]
    )


def _descriptor_list(param: Param, value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueProblem(f"{value!r} is not a sequence of (descriptor, flags)", TypeError)
    try:
        return struct.pack("<H", len(value)) + b"".join(struct.pack("<qH", fd, flags) for fd, flags in value)
    except (TypeError, ValueError, struct.error):
        raise ValueProblem(f"{value!r} is not a sequence of (descriptor, flags)", TypeError) from None


def _dynamic(param: Param, value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    kinds = [kind for kind, _ in DYNAMIC_TABLES[param.argument]]
    if not (isinstance(value, tuple) and len(value) == 2 and value[0] in kinds):
        raise ValueProblem(f"{value!r} is not (type, value) with a type of {', '.join(kinds)}", TypeError)
    kind, inner = str(value[0]), value[1]
    return bytes([kinds.index(kind)]) + encode_value(Param(param.name, kind, "na", "", False), inner)


def _raw(param: Param, value: object) -> bytes:
    if not isinstance(value, bytes):
        raise ValueProblem(f"{value!r} is not bytes ({param.type})", TypeError)
    return value


_VARIABLE: Mapping[str, Callable[[Param, object], bytes]] = {
    name: _raw for name, (_, width) in PARAM_TYPES.items() if width == 0
} | {
    "charbuf": _text,
    "fspath": _text,
    "fsrelpath": _text,
    "bytebuf": _buffer,
    "charbufarray": _buffer,
    "sockaddr": _socket_address,
    "socktuple": _socket_tuple,
    "fdlist": _descriptor_list,
    "dyn": _dynamic,
}
