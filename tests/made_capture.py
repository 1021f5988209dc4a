"""Captures made byte by byte: a machine with a few processes and descriptors, and whatever events a test wants."""

from __future__ import annotations

import struct
from pathlib import Path

SECTION, MACHINE, PROCESSES, EVENT = 0x0A0D0D0A, 0x201, 0x215, 0x216
DESCRIPTORS, USERS, LARGE_EVENT = 0x218, 0x220, 0x221
START_NS = 1_700_000_000_000_000_000
LARGE_CODES = (322, 324, 402)

INIT, PROG, KID, WORKER = 1, 50, 51, 52
"""Threads; WORKER belongs to the process of PROG."""


def block(kind: int, body: bytes) -> bytes:
    """One block, padded."""
    padding = -len(body) % 4
    size = 12 + len(body) + padding
    return struct.pack("<II", kind, size) + body + bytes(padding) + struct.pack("<I", size)


def sized(body: bytes) -> bytes:
    """An entry that begins with its own length."""
    return struct.pack("<I", len(body) + 4) + body


def text(value: bytes) -> bytes:
    """A string behind its length."""
    return struct.pack("<H", len(value)) + value


def thread(tid: int, pid: int, parent: int, comm: bytes, cwd: bytes = b"/root/dir/") -> bytes:
    """A process list entry."""
    names = text(comm) + text(b"/bin/" + comm) + text(b"/bin/" + comm) + text(b"-a\0-b\0") + text(cwd)
    numbers = struct.pack("<QIIIIIIQQ", 1024, 0, 0, 0, 1, 2, 3, 4, 5)
    rest = text(b"A=b\0") + struct.pack("<qq", tid, pid) + text(b"cpu=/\0") + text(b"/")
    ids = struct.pack("<5Q", tid, pid, parent, 1, 1)
    return sized(ids + names + numbers + rest + struct.pack("<IB", 2**32 - 1, 0))


def descriptors(tid: int) -> bytes:
    """A descriptor list: one of each kind."""
    ipv4 = bytes([127, 0, 0, 1, 10, 0, 0, 2]) + struct.pack("<HHB", 1234, 80, 2)
    ipv6 = bytes(15) + b"\1" + bytes(15) + b"\2" + struct.pack("<HHB", 1, 2, 3)
    entries = [
        (0, 1, text(b"/dev/null")),
        (3, 16, struct.pack("<I", 1) + text(b"/etc/passwd") + struct.pack("<I", 7)),
        (4, 3, ipv4),
        (5, 8, struct.pack("<QQ", 0x1234, 0x5678) + text(b"/run/sock")),
        (6, 7, text(b"pipe:[1]")),
        (7, 2, text(b"/some/dir")),
        (8, 5, bytes(4) + struct.pack("<HB", 22, 2)),
        (9, 4, ipv6),
        (10, 9, text(b"")),
        (11, 12, text(b"x")),
        (12, 13, text(b"")),
        (13, 15, text(b"nl")),
    ]
    body = b"".join(sized(struct.pack("<QQB", fd, 100 + fd, kind) + rest) for fd, kind, rest in entries)
    return block(DESCRIPTORS, struct.pack("<Q", tid) + body)


def tables() -> bytes:
    """Everything before the events."""
    users = [sized(struct.pack("<BII", 0, uid, uid) + text(name) + text(b"/") + text(b"/bin/sh"))
             for uid, name in ((0, b"root"), (1000, b"joe"))]  # fmt: skip
    users.append(sized(struct.pack("<BI", 1, 0) + text(b"wheel")))
    threads = [
        thread(INIT, INIT, 0, b"init", b"/"),
        thread(PROG, PROG, INIT, b"prog"),
        thread(KID, KID, PROG, b"kid"),
        thread(WORKER, PROG, INIT, b"worker"),
    ]
    return (
        block(SECTION, struct.pack("<IHHQ", 0x1A2B3C4D, 1, 2, 2**64 - 1))
        + block(MACHINE, struct.pack("<IQQ", 2, 1 << 30, 32768) + b"host".ljust(128, b"\0") + bytes(32))
        + block(USERS, b"".join(users))
        + block(PROCESSES, b"".join(threads))
        + b"".join(descriptors(tid) for tid in (INIT, PROG, KID))
    )


def event(code: int, values: list[bytes], *, tid: int = PROG, time: int = 0, cpu: int = 0) -> bytes:
    """An event block; `time` counts from START_NS."""
    is_large = code in LARGE_CODES
    body = struct.pack(f"<{len(values)}{'I' if is_large else 'H'}", *map(len, values)) + b"".join(values)
    header = struct.pack("<QqIHI", START_NS + time, tid, 26 + len(body), code, len(values))
    return block(LARGE_EVENT if is_large else EVENT, struct.pack("<H", cpu) + header + body)


def write(path: Path, *events: bytes) -> Path:
    """Writes the capture."""
    path.write_bytes(tables() + b"".join(events))
    return path


def i64(value: int) -> bytes:
    """An errno, fd or pid parameter."""
    return struct.pack("<q", value)


def u64(value: int) -> bytes:
    """An eight-byte parameter."""
    return struct.pack("<Q", value)


def u32(value: int) -> bytes:
    """A four-byte parameter."""
    return struct.pack("<I", value)
