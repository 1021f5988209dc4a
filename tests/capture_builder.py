"""Captures put together by hand, block by block, from the format's description; and the way back for a few blocks."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

SECTION, MACHINE, EVENT, EVENT_FLAGS = 0x0A0D0D0A, 0x201, 0x204, 0x208
EVENT_V2, EVENT_V2_FLAGS, EVENT_V2_LARGE, EVENT_V2_LARGE_FLAGS = 0x216, 0x217, 0x221, 0x222
DESCRIPTORS, DESCRIPTORS_V2 = 0x203, 0x218
INTERFACES, INTERFACES_V2 = 0x205, 0x219
USERS, USERS_V2 = 0x206, 0x220
THREADS = {1: 0x202, 2: 0x207, 3: 0x209, 4: 0x210, 5: 0x211, 6: 0x212, 7: 0x213, 8: 0x214, 9: 0x215}
EVENT_BLOCKS = {
    EVENT, EVENT_FLAGS, EVENT_V2, EVENT_V2_FLAGS, EVENT_V2_LARGE, EVENT_V2_LARGE_FLAGS, 0x8010ABCD,
}  # fmt: skip

CLOSE_E, CLOSE_X, GETCWD_E, NOTIFICATION_E, CONTAINER_JSON_2_E = 4, 5, 92, 280, 324
START = 1_600_000_000_000_000_000


def block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def section(major: int = 1, minor: int = 2, magic: int = 0x1A2B3C4D, options: bytes = b"") -> bytes:
    return block(SECTION, struct.pack("<IHHq", magic, major, minor, -1) + options)


def machine(cpus: int = 2, hostname: bytes = b"host", boot_time: int = 0) -> bytes:
    return block(MACHINE, struct.pack("<IQQ128sQQQQ", cpus, 1 << 30, 32768, hostname, boot_time, 0, 0, 0))


def text(value: bytes) -> bytes:
    return struct.pack("<H", len(value)) + value


@dataclass(frozen=True)
class ThreadFields:
    tid: int = 100
    pid: int = 100
    ptid: int = 1
    sid: int = 90
    vpgid: int = 91
    comm: bytes = b"cat"
    exe: bytes = b"/bin/cat"
    exepath: bytes = b"/usr/bin/cat"
    args: bytes = b"-n\0file\0"
    cwd: bytes = b"/home/me"
    fd_limit: int = 1024
    flags: int = 0
    uid: int = 1000
    gid: int = 1001
    env: bytes = b"A=1\0B=2\0"
    vtid: int = 7
    vpid: int = 8
    cgroups: bytes = b"cpu=/a\0memory=/b\0"
    root: bytes = b"/"

    def entry(self, version: int, tail: bytes = b"") -> bytes:
        parts = [struct.pack("<qqq", self.tid, self.pid, self.ptid)]
        if version >= 6:
            parts += [struct.pack("<q", self.sid)]
        if version >= 8:
            parts += [struct.pack("<q", self.vpgid)]
        parts += [text(self.comm), text(self.exe)]
        if version >= 7:
            parts += [text(self.exepath)]
        parts += [text(self.args), text(self.cwd)]
        parts += [struct.pack("<QIII", self.fd_limit, self.flags, self.uid, self.gid)]
        if version >= 2:
            parts += [struct.pack("<IIIQQ", 11, 12, 13, 14, 15)]
        if version >= 3:
            parts += [text(self.env)]
        if version >= 4:
            parts += [struct.pack("<qq", self.vtid, self.vpid), text(self.cgroups)]
        if version >= 5:
            parts += [text(self.root)]
        return with_length(b"".join(parts) + tail) if version >= 9 else b"".join(parts)


def with_length(entry: bytes) -> bytes:
    """An entry behind its length, which counts itself."""
    return struct.pack("<I", len(entry) + 4) + entry


def threads(version: int = 9, *entries: ThreadFields, tail: bytes = b"") -> bytes:
    return block(THREADS[version], b"".join(each.entry(version, tail) for each in entries or (ThreadFields(),)))


def descriptor(fd: int, kind: int, payload: bytes, inode: int = 99) -> bytes:
    return struct.pack("<qQB", fd, inode, kind) + payload


def address(value: str) -> bytes:
    return ip_address(value).packed


def event(kind: int, *values: bytes, time: int = START, tid: int = 100, version: int = 2, size: str = "H") -> bytes:
    lengths = struct.pack(f"<{len(values)}{size}", *map(len, values))
    header = 26 if version == 2 else 22
    length = header + len(lengths) + sum(map(len, values))
    record = struct.pack("<QqIH", time, tid, length, kind)
    if version == 2:
        record += struct.pack("<I", len(values))
    return record + lengths + b"".join(values)


def event_block(
    record: bytes, kind: int = EVENT_V2, cpu: int = 0, flags: int | None = None, comment: bytes = b""
) -> bytes:
    prefix = struct.pack("<H", cpu) + (b"" if flags is None else struct.pack("<I", flags))
    return block(kind, prefix + record + comment)


def close_enter(fd: int = 3, time: int = START, tid: int = 100) -> bytes:
    return event_block(event(CLOSE_E, struct.pack("<q", fd), time=time, tid=tid))


def capture(*blocks: bytes) -> bytes:
    """A whole capture: a section with these blocks, and an event where they have none."""
    has_event = any(struct.unpack_from("<I", each)[0] in EVENT_BLOCKS for each in blocks)
    return section() + b"".join(blocks) + (b"" if has_event else close_enter())


def gzipped(*members: bytes) -> bytes:
    return b"".join(gzip.compress(member, mtime=0) for member in members)


def blocks_of(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Offset, type and body of each block of a capture that is in order."""
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert struct.unpack_from("<I", data, at + length - 4)[0] == length
        assert length % 4 == 0
        yield at, kind, data[at + 8 : at + length - 4]
        at += length


def bodies(data: bytes, kind: int) -> list[bytes]:
    return [body for _, each, body in blocks_of(data) if each == kind]
