"""strace's text of a call's arguments as the values of an event's parameters."""

from __future__ import annotations

import re
import signal
import socket
from functools import reduce
from operator import or_

from tracer.core.records import AT_FDCWD, Value, event_type
from tracer.core.schema.tables import FLAG_TABLES, Param
from tracer_strace.log import split_arguments

PARAMETERS = {
    "accept": "- tuple",
    "accept4": "- tuple - flags",
    "access": "name mode",
    "bind": "fd addr",
    "chdir": "path",
    "close": "fd",
    "connect": "fd addr",
    "creat": "name mode",
    "dup": "oldfd",
    "dup2": "oldfd newfd",
    "dup3": "oldfd newfd flags",
    "fchdir": "fd",
    "fstat": "fd",
    "getdents64": "fd",
    "kill": "pid sig",
    "listen": "fd backlog",
    "lseek": "fd offset whence",
    "lstat": "path",
    "mkdir": "path mode",
    "mkdirat": "dirfd path mode",
    "newfstatat": "dirfd path - flags",
    "open": "name flags mode",
    "openat": "dirfd name flags mode",
    "pread64": "fd data size pos",
    "pwrite64": "fd data size pos",
    "read": "fd data size",
    "recvfrom": "fd data size - tuple",
    "rename": "oldpath newpath",
    "renameat": "olddirfd oldpath newdirfd newpath",
    "renameat2": "olddirfd oldpath newdirfd newpath flags",
    "rmdir": "path",
    "sendto": "fd data size - tuple",
    "socket": "domain type proto",
    "stat": "path",
    "unlink": "path",
    "unlinkat": "dirfd name flags",
    "write": "fd data size",
}
"""Which parameter each argument of a call is; - for an argument that the event does not carry."""

_STRING = re.compile(r'^"(?P<text>(?:[^"\\]|\\.)*)"(?:\.\.\.)?$')
_NUMBER = re.compile(r"^(?P<number>0x[0-9a-f]+|-?\d+)(?:<.*>)?$")
_INTERNET = re.compile(
    r"sa_family=AF_INET6?, sin6?_port=htons\((?P<port>\d+)\).*?"
    r'(?:inet_addr\("(?P<v4>[^"]+)"\)|inet_pton\(AF_INET6, "(?P<v6>[^"]+)")'
)
_UNIX = re.compile(r'sa_family=AF_UNIX(?:, sun_path=(?P<abstract>@?)(?P<path>"(?:[^"\\]|\\.)*"))?')


def parameters(name: str, arguments: tuple[str, ...]) -> dict[str, Value]:
    """The parameters of a call's exit event, as far as the text tells them."""
    known = {param.name: param for param in event_type(name).params}
    values: dict[str, Value] = {}
    for param_name, text in zip(PARAMETERS[name].split(), arguments, strict=False):
        value = _value(known[param_name], text) if param_name != "-" else None
        if value is not None:
            values[param_name] = value
    if name == "connect" and isinstance(values.get("addr"), str):
        values["tuple"] = connection(str(values["addr"]))
    return values


def connection(address: str) -> str:
    """The tuple of a socket whose other end is all that is known."""
    if address[:1] in ("/", "@", ".", ""):
        return address
    return ("[::]:0->" if address.startswith("[") else "0.0.0.0:0->") + address


def string(text: str) -> bytes | None:
    """The bytes of a quoted string; None if it is none, a pointer for instance."""
    match = _STRING.match(text)
    if not match:
        return None
    return match["text"].encode("latin-1").decode("unicode_escape").encode("latin-1")


def strings(text: str) -> tuple[str, ...]:
    """The strings of an array, ["ls", "/"]."""
    items = map(string, split_arguments(text.strip("[]")))
    return tuple(item.decode("utf-8", "surrogateescape") for item in items if item is not None)


def number(text: str) -> int | None:
    """A number as strace prints it: 3, 3</etc/passwd>, 0644, 0x1f; None if it is none."""
    match = _NUMBER.match(text)
    if not match:
        return None
    digits = match["number"]
    return int(digits, 8) if re.match(r"^0[0-7]+$", digits) else int(digits, 0)


def _value(param: Param, text: str) -> Value:
    """What the parameter is given as; None if the text does not tell."""
    if param.type in ("charbuf", "fspath", "fsrelpath", "bytebuf"):
        return string(text)
    if param.type in ("sockaddr", "socktuple"):
        address = _address(text)
        return connection(address) if address and param.type == "socktuple" else address
    if text == "AT_FDCWD":
        return AT_FDCWD
    plain = number(text)
    if plain is not None:
        return plain % (1 << 64) if param.type == "uint64" else plain
    if param.type == "sigtype":
        return signal.Signals[text].value if text in signal.Signals.__members__ else None
    names = FLAG_TABLES.get(param.argument) or vars(socket)
    # Names that the event has no bit for are left out, as the kernel drivers do.
    return reduce(or_, (int(names[name]) for name in text.split("|") if isinstance(names.get(name), int)), 0)


def _address(text: str) -> str | None:
    if match := _INTERNET.search(text):
        return f"{match['v4']}:{match['port']}" if match["v4"] else f"[{match['v6']}]:{match['port']}"
    if match := _UNIX.search(text):
        path = string(match["path"] or '""') or b""
        return match["abstract"] + path.decode("utf-8", "surrogateescape") if match["path"] else None
    return None
