"""Rewrites a capture as an older writer would have made it: earlier blocks, earlier event headers."""

from __future__ import annotations

import struct

from . import capture_builder as build

# Fields of a process list entry behind the five ids, in the order of version 9; each with the version it came with.
_TEXT, _U32, _U64 = "text", 4, 8
ENTRY: tuple[tuple[str, str | int, int], ...] = (
    ("tid", _U64, 1),
    ("pid", _U64, 1),
    ("ptid", _U64, 1),
    ("sid", _U64, 6),
    ("vpgid", _U64, 8),
    ("comm", _TEXT, 1),
    ("exe", _TEXT, 1),
    ("exepath", _TEXT, 7),
    ("args", _TEXT, 1),
    ("cwd", _TEXT, 1),
    ("fdlimit", _U64, 1),
    ("flags", _U32, 1),
    ("uid", _U32, 1),
    ("gid", _U32, 1),
    ("vmsize", _U32, 2),
    ("vmrss", _U32, 2),
    ("vmswap", _U32, 2),
    ("pfmajor", _U64, 2),
    ("pfminor", _U64, 2),
    ("env", _TEXT, 3),
    ("vtid", _U64, 4),
    ("vpid", _U64, 4),
    ("cgroups", _TEXT, 4),
    ("root", _TEXT, 5),
)


def older(data: bytes, process_list: int, v1_events: bool) -> bytes:
    """`data`, a plain capture of current blocks, with process list version `process_list` (1 to 9).

    With `v1_events` also v1 events, descriptor, interface and user lists.
    """
    return b"".join(_block(kind, body, process_list, v1_events) for _, kind, body in build.blocks_of(data))


def _block(kind: int, body: bytes, process_list: int, v1: bool) -> bytes:
    if kind == build.THREADS[9]:
        return build.block(build.THREADS[process_list], _process_list(body, process_list))
    if not v1:
        return build.block(kind, body)
    if kind == build.EVENT_V2:
        cpu, header, lengths_and_values = body[:2], body[2:28], body[28:]
        time, tid, length, code, _ = struct.unpack("<QQIHI", header)
        event = struct.pack("<QQIH", time, tid, length - 4, code) + lengths_and_values[: length - 26]
        return build.block(build.EVENT, cpu + event)
    if kind == build.DESCRIPTORS_V2:
        return build.block(build.DESCRIPTORS, body[:8] + b"".join(_descriptor(e) for e in _entries(body[8:], True)))
    if kind == build.INTERFACES_V2:
        return build.block(build.INTERFACES, b"".join(entry[4:] for entry in _entries(body, False)))
    if kind == build.USERS_V2:
        return build.block(build.USERS, b"".join(entry[4:] for entry in _entries(body, True)))
    return build.block(kind, body)


def _entries(body: bytes, counts_itself: bool) -> list[bytes]:
    """The entries of a list, each with the length it begins with."""
    entries, at = [], 0
    while at + 4 <= len(body):
        (length,) = struct.unpack_from("<I", body, at)
        if length == 0:
            break
        size = length if counts_itself else length + 4
        entries.append(body[at : at + size])
        at += size
    return entries


def _descriptor(entry: bytes) -> bytes:
    """A version 1 entry has no length, and no device of a file."""
    if entry[20] == 16:
        (name_length,) = struct.unpack_from("<H", entry, 25)
        return entry[4 : 27 + name_length]
    return entry[4:]


def _process_list(body: bytes, version: int) -> bytes:
    return b"".join(_process(entry, version) for entry in _entries(body, True))


def _process(entry: bytes, version: int) -> bytes:
    out, at = b"", 4
    for _, kind, since in ENTRY:
        size = 2 + struct.unpack_from("<H", entry, at)[0] if kind == _TEXT else int(kind)
        if version >= since:
            out += entry[at : at + size]
        at += size
    tail = entry[at:]
    return struct.pack("<I", 4 + len(out) + len(tail)) + out + tail if version == 9 else out
