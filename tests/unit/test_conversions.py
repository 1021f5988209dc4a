"""Every older shape of an event gives the state and the fields that its current shape gives."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import pytest

import tracer
from tests import capture_builder as build
from tracer.core.schema.tables import EVENT_TYPE_BY_ENUM, EVENT_TYPES, EventType

TID, FD = 100, 3
WIDTHS = {
    "int8": 1, "uint8": 1, "flags8": 1, "enumflags8": 1, "sigtype": 1, "l4proto": 1, "sockfamily": 1,
    "int16": 2, "uint16": 2, "flags16": 2, "enumflags16": 2, "syscallid": 2, "port": 2,
    "int32": 4, "uint32": 4, "flags32": 4, "enumflags32": 4, "uid": 4, "gid": 4, "mode": 4, "sigset": 4, "bool": 4,
    "int64": 8, "uint64": 8, "errno": 8, "fd": 8, "pid": 8, "reltime": 8, "abstime": 8,
}  # fmt: skip
FIELDS = (
    "thread.tid", "proc.name", "proc.pid", "proc.ppid", "proc.exe", "proc.args", "proc.cwd", "proc.exepath",
    "proc.vmsize", "proc.fdlimit", "thread.cgroups", "user.uid", "group.gid", "evt.failed",
    "fs.path.name", "fs.path.nameraw", "fs.path.source", "fs.path.target",
)  # fmt: skip
DESCRIPTOR_FIELDS = ("fd.num", "fd.name", "fd.type")
NEWLY_ABOUT_DESCRIPTORS = {
    "mmap",
    "mmap2",
    "fchmod",
    "setns",
    "unlinkat",
    "symlinkat",
    "mkdirat",
    "fchmodat",
    "sendmmsg",
    "recvmmsg",
}
"""Calls whose current shape says that they use a descriptor, and whose older ones do not."""


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    code: int
    count: int
    action: str
    becomes: str
    sources: tuple[str, ...]

    @classmethod
    def of(cls, line: str) -> Row:
        _, code, count, action, becomes, *sources = line.split()
        return cls(int(code), int(count), action, becomes, tuple(sources))

    def __str__(self) -> str:
        return f"{EVENT_TYPES[self.code].enum}-{self.count}"


def read_rows() -> dict[tuple[int, int], Row]:
    lines = (Path(__file__).parents[1] / "data" / "conversions.txt").read_text().splitlines()
    rows = [Row.of(line) for line in lines if not line.startswith("#")]
    return {(row.code, row.count): row for row in rows}


ROWS = read_rows()
EXITS = [row for row in ROWS.values() if row.code % 2]


def number(value: int, width: int) -> bytes:
    return (value % (1 << 8 * width)).to_bytes(width, "little")


def value_of(kind: EventType, index: int) -> bytes:
    """Something sensible for one parameter."""
    param = kind.params[index]
    name, type = param.name, param.type
    is_result = index == 0 and not kind.is_enter
    values = {"tid": TID, "pid": TID, "ptid": 1, "vtid": TID, "vpid": TID, "fd": FD, "uid": 7, "gid": 8, "cmd": 1}
    if is_result:
        makes_process = kind.name in ("clone", "clone3", "fork", "vfork")
        return number(200 if makes_process else 5 if type == "fd" or "creates_fd" in kind.flags else 0, 8)
    if type in ("charbuf", "fspath", "fsrelpath"):
        text = {"exe": b"exe", "comm": b"comm", "cwd": b"", "json": b"{}"}.get(name, b"/some/" + name.encode())
        return text + b"\0"
    if type == "bytebuf":
        return b"one\0two\0" if name in ("args", "env") else b"cpu=/a\0" if name == "cgroups" else b"data"
    if type == "sockaddr":
        return b"\2" + bytes([10, 0, 0, 2]) + struct.pack("<H", 80)
    if type == "socktuple":
        return b"\2" + bytes([10, 0, 0, 1]) + struct.pack("<H", 1234) + bytes([10, 0, 0, 2]) + struct.pack("<H", 80)
    if type == "fdlist":
        return struct.pack("<HqH", 1, FD, 1)
    if type == "dyn":
        return b"\0" + number(1, 8)
    if kind.name == "socket" and name in ("domain", "type"):
        return number({"domain": 2, "type": 1}[name], WIDTHS[type])
    if kind.name.startswith("signalfd") and type == "fd":
        return number(-1, 8)
    if type == "fd":
        return number(values.get(name, FD) if "dir" not in name else -100, 8)
    return number(values.get(name, 0 if "flags" in name else 1), WIDTHS[type])


Shape = tuple[EventType, list[bytes]]


def shape(code: int, count: int) -> Shape:
    kind = EVENT_TYPES[code]
    return kind, [value_of(kind, index) for index in range(count)]


def taken(source: str, old: list[bytes], enter: list[bytes], kind: EventType, index: int) -> bytes:
    """A parameter of the next shape."""
    origin, _, at = source.partition(":")
    if origin == "default":
        return bytes(WIDTHS.get(kind.params[index].type, 0))
    given = {"old": old, "enter": enter}.get(origin, [])
    return given[int(at)] if at and int(at) < len(given) else b""


def converted(old: Shape, enter: Shape) -> Shape:
    """The current shape, step by step as the table says."""
    kind, values = old
    while (row := ROWS.get((kind.code, len(values)))) and row.action in ("add_params", "change_type"):
        kept = [] if row.action == "change_type" else values
        kind = EVENT_TYPE_BY_ENUM[row.becomes] if row.action == "change_type" else kind
        values = kept + [taken(source, values, enter[1], kind, len(kept) + at) for at, source in enumerate(row.sources)]
    return kind, values


def observe(path: Path, *shapes: Shape) -> list[dict[str, object]]:
    """Fields at the last of these events, and at reads from descriptors 3 and 5 that follow it."""
    blocks = [
        build.threads(9, build.ThreadFields(tid=TID, pid=TID, vtid=TID, vpid=TID), tail=struct.pack("<IB", 0, 0)),
        build.block(
            build.DESCRIPTORS_V2,
            struct.pack("<q", TID)
            + build.with_length(build.descriptor(FD, 16, struct.pack("<I", 1) + build.text(b"/some/file"))),
        ),
    ]
    reads: list[Shape] = [(EVENT_TYPES[7], [number(1, 8), b"x", number(fd, 8), number(1, 4)]) for fd in (FD, 5)]
    for at, (kind, values) in enumerate([*shapes, *reads]):
        size = "I" if "large_payload" in kind.flags else "H"
        record = build.event(kind.code, *values, time=build.START + at, tid=TID, size=size)
        blocks.append(build.event_block(record, build.EVENT_V2_LARGE if size == "I" else build.EVENT_V2))
    path.write_bytes(build.capture(*blocks))
    seen = []
    with tracer.open(path, show_internal=True) as events:
        for event in events:
            if event.number >= len(shapes):
                seen.append({field: event[field] for field in (*FIELDS, *DESCRIPTOR_FIELDS)})
    return seen


def enter_of(row: Row) -> Shape:
    kind = EVENT_TYPES[row.code - 1]
    return shape(kind.code, len(kind.params))


@pytest.mark.parametrize("row", EXITS, ids=str)
def test_an_older_pair_of_events_says_what_the_current_event_says(row: Row, tmp_path: Path) -> None:
    enter, old = enter_of(row), shape(row.code, row.count)
    current = converted(old, enter)
    assert (current[0].code, len(current[1])) not in ROWS or current == old
    by_pair = observe(tmp_path / "pair.scap", enter, old)
    passed = ROWS.get((enter[0].code, len(enter[1])))
    is_kept = passed is not None and passed.action in ("pass", "store_and_pass")
    by_one = observe(tmp_path / "current.scap", *([enter] if is_kept else []), current)
    assert len(by_pair) == len(by_one) > 0
    if current[0].name in NEWLY_ABOUT_DESCRIPTORS:
        for field in DESCRIPTOR_FIELDS:
            by_one[0].pop(field), by_pair[0].pop(field)
    for pair, one in zip(by_pair, by_one, strict=True):
        if row.code == EVENT_TYPE_BY_ENUM["SYSCALL_BRK_1_X"].code:
            del one["proc.vmsize"]  # the table puts the call's argument there
        assert {field: (pair[field], one[field]) for field in one if pair[field] != one[field]} == {}


NEEDS_ENTER = [row for row in EXITS if any(source.startswith("enter:") for source in row.sources)]


@pytest.mark.parametrize("row", NEEDS_ENTER, ids=str)
def test_what_only_the_enter_event_tells_is_unknown_without_it(row: Row, tmp_path: Path) -> None:
    kind, values = shape(row.code, row.count)
    carried = {param.name for param in kind.params[: len(values)]}
    [at_event, *_] = observe(tmp_path / "alone.scap", (kind, values))
    if not carried & {"name", "path", "filename", "special"}:
        assert at_event["fs.path.nameraw"] is None
    if "uses_fd" in kind.flags and "creates_fd" not in kind.flags and not carried & {"fd", "fdin", "fdout", "tuple"}:
        assert not at_event["fd.name"]


@pytest.mark.parametrize("row", ROWS.values(), ids=str)
def test_every_older_shape_is_read_with_the_parameters_it_has(row: Row, tmp_path: Path) -> None:
    kind, values = shape(row.code, row.count)
    size = "I" if "large_payload" in kind.flags else "H"
    record = build.event(kind.code, *values, time=build.START + 1, tid=TID, size=size)
    path = tmp_path / "one.scap"
    block = build.event_block(record, build.EVENT_V2_LARGE if size == "I" else build.EVENT_V2)
    path.write_bytes(build.capture(build.close_enter(tid=TID), block))
    with tracer.open(path, show_internal=True) as events:
        [event] = [each for each in events if each.number == 2]
        assert (event.type_code, len(event.params)) == (row.code, len(values))
        assert list(event.params) == [param.name for param in kind.params[: len(values)]]


def test_the_table_is_whole() -> None:
    assert len(ROWS) == 253
