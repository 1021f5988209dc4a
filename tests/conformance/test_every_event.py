"""Every kind of event that sysdig 0.29.3 knows, with values of all sorts, held against what sysdig prints for it."""

from __future__ import annotations

import os
import random
import struct
import subprocess
from pathlib import Path

import pytest

from tracer.core._engine import Format
from tracer.core.schema.tables import EVENT_TYPES, FLAG_TABLES, EventType, Param

from ..made_capture import INIT, KID, PROG, WORKER, event, write
from ..printed import printed

pytestmark = [pytest.mark.sysdig, pytest.mark.slow]

LINE = "*%evt.num %evt.time %evt.cpu %proc.name %thread.tid %evt.dir %evt.type %evt.args"
EVENTS_OF_A_TYPE = 8
TYPES_IN_A_CAPTURE = 10

UNTRIED = {
    103: "sysdig crashes on an exit without its enter event",
    196: "never printed",
    198: "never printed",
    199: "never printed",
    228: "a container announced in a way no capture holds",
    234: "never printed",
    244: "resets sysdig",
    260: "wants JSON",
    268: "holds pointers of the process that wrote it",
    270: "wants JSON",
    272: "wants JSON",
    322: "wants a plugin",
    324: "wants JSON",
}
"""Event codes, and why they are left out."""

SOCKET_STATE = {22, 23, 27, 30, 57, 247, 249}
"""Events that name sockets: they get addresses that a socket can have."""

WIDTHS = {
    **dict.fromkeys(["int8", "uint8", "flags8", "enumflags8", "sigtype"], 1),
    **dict.fromkeys(["int16", "uint16", "flags16", "enumflags16"], 2),
    **dict.fromkeys(["int32", "uint32", "flags32", "enumflags32", "mode", "sigset"], 4),
    **dict.fromkeys(["int64", "uint64"], 8),
}
PATHS = [
    *b"/etc/passwd|rel|..|../x|./y/../z|.|/|/a/../b|a//b/|<NA>|sp ace|x/..|../../../../x".split(b"|"),
    b"long" * 60,
]
NUMBERS = {
    "errno": [0, 1, -1, -2, -11, -22, -113, -512, -9999, 12345, 2**40],
    "fd": [0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, -1, -2, -100, -512, 77],
    "pid": [0, INIT, PROG, KID, WORKER, 99, -1],
    "reltime": [0, 1, -1, 10**9, 123456789, 1_500_000_000, 60 * 10**9, 10**16 + 1, 999],
}
ACCOUNTS = [0, 1000, 5, 2**32 - 1, 2**32 - 2, 2**31]
DYNAMIC = {
    "sockopt": ["bytebuf", "errno", "uint32", "uint64", "reltime"],
    "ptrace": ["uint64", "sigtype"],
    "bpf": ["fd", "errno"],
}
NEWER_FLAGS = {
    "O_F_CREATED", "FD_UPPER_LAYER", "FD_LOWER_LAYER", "CLONE_CHILD_IN_PIDNS", "SHUT_UNKNOWN", "EXE_UPPER_LAYER",
    "EXE_FROM_MEMFD", "EXE_LOWER_LAYER",
}  # fmt: skip


class Values:
    """Values of parameters, the same ones in every run."""

    def __init__(self, seed: int, valid_addresses: bool) -> None:
        self.random = random.Random(seed)
        self.valid_addresses = valid_addresses

    def integer(self, width: int) -> bytes:
        top = 2 ** (8 * width)
        kinds = [self.random.randrange(20), self.random.choice([top - 1, top // 2, 0]), self.random.randrange(top)]
        return self.random.choice(kinds).to_bytes(width, "little")

    def flags(self, table: str, width: int) -> bytes:
        names = [value for name, value in FLAG_TABLES[table].items() if name not in NEWER_FLAGS]
        bits = 0
        for value in self.random.sample(names, min(len(names), self.random.randrange(5))):
            bits |= value
        return (bits % 2 ** (8 * width)).to_bytes(width, "little")

    def bytes(self, size: int) -> bytes:
        return bytes(self.random.randrange(256) for _ in range(size))

    def ipv6(self) -> bytes:
        return self.random.choice([bytes(15) + b"\1", self.bytes(16)])

    def address(self) -> bytes:
        ends = [b"\2" + self.bytes(6), b"\x0a" + self.ipv6() + self.bytes(2), b"\1/run/x\0", b"\1@abstract\0"]
        odd = [b"\2" + self.bytes(4), b"\x10" + bytes(12), bytes([102]), b""]
        return self.random.choice(ends if self.valid_addresses else ends + odd)

    def tuple(self) -> bytes:
        pointers = struct.pack("<QQ", self.random.getrandbits(64), self.random.getrandbits(60))
        ipv6 = b"\x0a" + self.ipv6() + self.bytes(2) + self.ipv6() + self.bytes(2)
        ends = [b"\2" + self.bytes(12), ipv6, b"\1" + pointers + b"/run/x\0", b"\1" + pointers + b"\0"]
        odd = [b"\x0a" + self.bytes(8), bytes([44]), b""]
        return self.random.choice(ends if self.valid_addresses else ends + odd)

    def descriptors(self) -> bytes:
        fds = self.random.choices([0, 3, 4, 9, 77], k=self.random.randrange(6))
        return struct.pack("<H", len(fds)) + b"".join(struct.pack("<qH", fd, 0x8041) for fd in fds)

    def of(self, kind: str, table: str = "") -> bytes:
        choice = self.random.choice
        if kind in NUMBERS:
            return struct.pack("<q", choice(NUMBERS[kind]))
        if kind in ("uid", "gid"):
            return struct.pack("<I", choice(ACCOUNTS))
        if kind.startswith("flags") and table:
            return self.flags(table, WIDTHS[kind])
        if kind in WIDTHS:
            return self.integer(WIDTHS[kind])
        if kind == "syscallid":
            return struct.pack("<H", self.random.randrange(329))
        if kind == "charbuf":
            return choice([b"text", b"", b"<NA>", b"two words", b"x" * 200]) + b"\0"
        if kind in ("fspath", "fsrelpath"):
            return choice(PATHS) + b"\0"
        if kind == "bytebuf":
            return self.bytes(choice([0, 1, 2, 15, 16, 79, 80, 81, 200]))
        if kind == "sockaddr":
            return self.address()
        if kind == "socktuple":
            return self.tuple()
        if kind == "fdlist":
            return self.descriptors()
        assert kind == "dyn", kind
        index = self.random.randrange(len(DYNAMIC[table]))
        return bytes([index]) + (self.of(DYNAMIC[table][index]) or b"\0")


def known_params(kind: EventType) -> list[Param]:
    return [param for param in kind.params if not param.appended]


def events_of(kind: EventType) -> list[bytes]:
    values = Values(kind.code, kind.code in SOCKET_STATE)
    params = known_params(kind)
    threads = values.random.choices([PROG, PROG, KID, INIT, WORKER], k=EVENTS_OF_A_TYPE)
    return [
        event(kind.code, [values.of(p.type, p.argument) for p in params], tid=tid, time=kind.code * 1000 + i)
        for i, tid in enumerate(threads)
    ]


TRIED = [e for e in EVENT_TYPES if e.code < 336 and "unused" not in e.flags and e.code not in UNTRIED]
GROUPS = [TRIED[i : i + TYPES_IN_A_CAPTURE] for i in range(0, len(TRIED), TYPES_IN_A_CAPTURE)]


@pytest.mark.parametrize("data", ["dotted", "hex_ascii"])
@pytest.mark.parametrize("kinds", GROUPS, ids=lambda kinds: f"{kinds[0].code}-{kinds[-1].code}")
def test_events_print_as_sysdig_prints_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kinds, data: str):
    monkeypatch.setenv("TZ", "UTC")
    for kind in kinds:
        capture = write(tmp_path / f"{kind.code}.scap", *events_of(kind))
        option = ["-X"] if data == "hex_ascii" else []
        environment = dict(os.environ, TZ="UTC")
        theirs = subprocess.run(
            ["sysdig", "-r", capture, "-p", LINE, *option], capture_output=True, env=environment, check=True
        )
        assert printed(capture, Format.line(LINE, data=data)).split(b"\n") == theirs.stdout.split(b"\n"), kind.enum
