"""Which argument of a call, as strace prints it, tells of which parameter; and whether the two are the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracer.core.schema.tables import FLAG_TABLES

from .strace_log import Call, integer

TABLE = Path(__file__).with_name("strace_arguments.txt")

# What an event adds to the flags that the caller gave.
ADDED = {"O_F_CREATED", "FD_UPPER_LAYER", "FD_LOWER_LAYER"}
# Flags that stay with a descriptor; each call that makes one has its own name for them.
KEPT = {"CLOEXEC": "O_CLOEXEC", "NONBLOCK": "O_NONBLOCK", "DIRECT": "O_DIRECT"}
DESCRIPTOR_FLAG = re.compile(r"\b(?:O|SOCK|EFD|SFD|IN|TFD)_(CLOEXEC|NONBLOCK|DIRECT)\b")
FILE_FLAGS = FLAG_TABLES["file_flags"]
PERMISSIONS = 0o7777
NO_NAME = ("", None, "<NA>", "(NULL)")


@dataclass(frozen=True)
class Argument:
    """One parameter and where strace has it."""

    parameter: str
    index: int | None
    """None for the result."""
    kind: str


def _read() -> dict[str, tuple[Argument, ...]]:
    table = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            name, *columns = line.split()
            table[name] = tuple(_argument(column) for column in columns)
    return table


def _argument(text: str) -> Argument:
    parameter, _, rest = text.partition("=")
    index, _, kind = rest.partition(":")
    return Argument(parameter, None if index == "r" else int(index), kind)


ARGUMENTS = _read()


def is_same(call: Call, argument: Argument, value: Any, names: dict[str, int]) -> bool:
    """Whether the event's value is what strace printed; `names` is the flag table of the parameter."""
    if argument.index is None:
        raise ValueError("the result is no argument")
    kind, _, part = argument.kind.partition("_")
    text = call.arguments[argument.index]
    if argument.kind in COMPARISONS:
        return COMPARISONS[argument.kind](text, value, names)
    if kind in ("item", "field"):
        return _same_part(text, kind, part, value)
    field = _field(text, part.removeprefix("of_"))
    return field is None or COMPARISONS[kind](field, value, names)


def same_integer(wanted: int | None, value: Any) -> bool:
    """The same number, where the event may keep fewer bits than the register has."""
    if wanted is None or not isinstance(value, int):
        return False
    return any(wanted % 2**bits == value % 2**bits for bits in (64, 32)) or (0 <= value < 256 and wanted % 256 == value)


def _same_part(text: str, kind: str, part: str, value: Any) -> bool:
    if kind == "field":
        found = _field(text, part)
        # An address instead of the structure: it could not be read, or the call failed.
        return found is None or same_integer(integer(found), value)
    items = re.findall(r"-?\d+", text) if text.startswith("[") else []
    return int(part) >= len(items) or same_integer(int(items[int(part)]), value)


def _field(text: str, name: str) -> str | None:
    match = re.search(rf"\b{name}=([^,}}]*)", text)
    return match[1] if match else None


def _same_text(text: str, value: Any, names: dict[str, int]) -> bool:
    data = _bytes(text)
    if data is None:
        return value in NO_NAME
    return str(value).encode(errors="surrogateescape") == data


def _same_data(text: str, value: Any, names: dict[str, int]) -> bool:
    data = _bytes(text)
    return not value if data is None else bytes(value or b"") == data[: len(value or b"")]


def _bytes(text: str) -> bytes | None:
    match = re.match(r'^"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?$', text)
    return bytes.fromhex(match[1].replace("\\x", "")) if match else None


def _buffers(text: str) -> Iterator[tuple[bytes, int]]:
    """Contents and size of each element of an array of iovec."""
    for match in re.finditer(r'iov_base="((?:\\x[0-9a-f]{2})*)"(?:\.\.\.)?, iov_len=(\d+)', text):
        yield bytes.fromhex(match[1].replace("\\x", "")), int(match[2])


def _same_vector(text: str, value: Any, names: dict[str, int]) -> bool:
    if "iov_base" not in text:
        return True  # the call failed, and strace shows an address
    joined = b"".join(data for data, _ in _buffers(text))
    return bytes(value or b"") == joined[: len(value or b"")]


def _same_total(text: str, value: Any, names: dict[str, int]) -> bool:
    sizes = [size for _, size in _buffers(text)]
    return not sizes or sum(sizes) == value


def _same_names(text: str, value: Any, names: dict[str, int]) -> bool:
    """Exactly the names that strace has, as far as the event's table knows them."""
    comment = re.match(r"^(?P<value>-?\w+) /\* (?P<names>.*) \*/$", text)
    known = set(comment["names"].split("|")) & set(names) if comment else set()
    if not isinstance(value, int):
        return False
    if not known:
        return True  # strace has no name for it, or one that the event does not know
    is_constant = any(value == names[name] for name in known)
    named = {name for name, bits in names.items() if bits and value & bits == bits} - ADDED
    missing = {name for name in known if names[name] and name not in named}
    return is_constant or not missing


def _same_kept_names(text: str, value: Any, names: dict[str, int]) -> bool:
    named = {KEPT[name] for name in DESCRIPTOR_FLAG.findall(text)}
    looked_at = {"O_CLOEXEC", "O_NONBLOCK"} | named
    return isinstance(value, int) and all(bool(value & FILE_FLAGS[name]) == (name in named) for name in looked_at)


def _same_mode(text: str, value: Any, names: dict[str, int]) -> bool:
    number = integer(text)
    return number is not None and isinstance(value, int) and number & PERMISSIONS == value & PERMISSIONS


def _same_address(text: str, value: Any, names: dict[str, int]) -> bool:
    port = re.search(r"sin6?_port=\S+ /\* htons\((\d+)\) \*/", text)
    if port:
        return isinstance(value, str) and value.endswith(f":{port[1]}")
    path = re.search(r'sun_path=@?"((?:\\x[0-9a-f]{2})*)"', text)
    if path:
        raw = bytes.fromhex(path[1].replace("\\x", ""))
        return str(value).lstrip("@").encode() == raw.lstrip(b"\0")
    return True


def _same_time(text: str, value: Any, names: dict[str, int]) -> bool:
    seconds, nanoseconds = (integer(_field(text, name) or "") for name in ("tv_sec", "tv_nsec"))
    if seconds is None or nanoseconds is None:
        return True
    return same_integer(seconds * 10**9 + nanoseconds, value)


COMPARISONS: dict[str, Callable[[str, Any, dict[str, int]], bool]] = {
    "int": lambda text, value, names: same_integer(integer(text), value),
    "text": _same_text,
    "data": _same_data,
    "vector": _same_vector,
    "message": _same_vector,
    "total": _same_total,
    "message_total": _same_total,
    "names": _same_names,
    "fd_names": _same_kept_names,
    "mode": _same_mode,
    "address": _same_address,
    "time": _same_time,
}
