"""The machine, threads and descriptors at the start of a run, as scap metadata blocks."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from tracer.core.records.values import ValueProblem, address_parts, is_unix_path
from tracer.core.schema.tables import FLAG_TABLES

_MACHINE_INFO, _THREADS, _DESCRIPTORS = 0x201, 0x215, 0x218
_FILE_TYPES = {
    "directory": 2, "pipe": 7, "event": 9, "other": 10, "signalfd": 11, "eventpoll": 12, "inotify": 13, "timerfd": 14,
    "netlink": 15,
}  # fmt: skip
_PROTOCOLS = {"": 0, "tcp": 2, "udp": 3, "icmp": 4, "raw": 5}


@dataclass(frozen=True)
class MachineEntry:
    """The machine."""

    hostname: str = ""
    cpu_count: int = 1
    memory_bytes: int = 0
    max_pid: int = 4194304
    boot_time_ns: int = 0
    """Since the epoch; 0 if not known."""


@dataclass(frozen=True)
class DescriptorEntry:
    """One open descriptor of a thread."""

    fd: int
    type: str
    """file, ipv4, ipv6, ipv4-server, ipv6-server, unix, directory, pipe, event, signalfd, eventpoll, inotify, timerfd,
    netlink or other."""
    name: str = ""
    """A path; "A->B" for a connection ("10.0.0.2:4000->10.0.0.1:80"), "A" for a listening socket."""
    flags: int | str = 0
    """Of a file, as it was opened: a number or names, "O_RDONLY|O_CLOEXEC"."""
    protocol: str = ""
    """Of an internet socket: tcp, udp, icmp, raw; "" if not known."""
    inode: int = 0
    device: int = 0


@dataclass(frozen=True)
class ThreadEntry:
    """One thread that is there at the start."""

    tid: int
    pid: int
    ptid: int
    """Process id of the parent."""
    name: str
    """As in /proc/TID/comm."""
    exe: str
    """The first argument of the command line."""
    args: tuple[str, ...] = ()
    """The arguments that follow."""
    exepath: str = ""
    cwd: str = "/"
    """The current directory."""
    root: str = "/"
    env: tuple[str, ...] = ()
    """NAME=VALUE each."""
    cgroups: tuple[str, ...] = ()
    """SUBSYSTEM=/PATH each."""
    uid: int = 0
    gid: int = 0
    loginuid: int = 0xFFFFFFFF
    sid: int = 0
    vpgid: int = 0
    vtid: int = 0
    """Thread id inside its own pid namespace; 0 for the same as `tid`."""
    vpid: int = 0
    flags: int = 0
    """scap clone flags."""
    descriptors: tuple[DescriptorEntry, ...] = ()


def encode_tables(threads: Iterable[ThreadEntry] = (), machine: MachineEntry | None = None) -> bytes:
    """Metadata blocks for `Source.tables`. Raises ValueError for a descriptor that makes no sense, naming it."""
    machine = machine or MachineEntry()
    threads = tuple(threads)
    hostname = machine.hostname.encode()[:127].ljust(128, b"\0")
    blocks = [
        _block(
            _MACHINE_INFO,
            struct.pack("<IQQ", machine.cpu_count, machine.memory_bytes, machine.max_pid)
            + hostname
            + struct.pack("<QQQQ", machine.boot_time_ns, 0, 0, 0),
        )
    ]
    if threads:
        blocks.append(_block(_THREADS, b"".join(map(_thread, threads))))
    for thread in threads:
        if thread.descriptors:
            entries = b"".join(_descriptor(thread, descriptor) for descriptor in thread.descriptors)
            blocks.append(_block(_DESCRIPTORS, struct.pack("<Q", thread.tid) + entries))
    return b"".join(blocks)


def _block(code: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", code) + size + body + size


def _sized(data: str | bytes, limit: int) -> bytes:
    """A length and at most `limit` bytes of text."""
    raw = (data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data)[:limit]
    return struct.pack("<H", len(raw)) + raw


def _list(items: Iterable[str]) -> bytes:
    return b"".join(item.encode("utf-8", "surrogateescape") + b"\0" for item in items)


def _entry(body: bytes) -> bytes:
    """An entry with its length, which counts itself."""
    return struct.pack("<I", len(body) + 4) + body


def _thread(thread: ThreadEntry) -> bytes:
    return _entry(
        b"".join(
            [
                struct.pack("<qqqqq", thread.tid, thread.pid, thread.ptid, thread.sid, thread.vpgid),
                _sized(thread.name, 1024),
                _sized(thread.exe, 1024),
                _sized(thread.exepath, 1024),
                _sized(_list(thread.args), 4096),
                _sized(thread.cwd, 1024),
                struct.pack("<QIII", 1024, thread.flags, thread.uid, thread.gid),
                struct.pack("<IIIQQ", 0, 0, 0, 0, 0),  # memory sizes in KiB, page faults
                _sized(_list(thread.env), 4096),
                struct.pack("<qq", thread.vtid or thread.tid, thread.vpid or thread.pid),
                _sized(_list(thread.cgroups), 4096),
                _sized(thread.root, 1024),
                # login uid, may the executable be written, capabilities
                struct.pack("<IBQQQ", thread.loginuid, 0, 0, 0, 0),
            ]
        )
    )


def _descriptor(thread: ThreadEntry, descriptor: DescriptorEntry) -> bytes:
    try:
        code, body = _descriptor_body(descriptor)
    except (KeyError, ValueProblem) as error:
        what = error if isinstance(error, ValueProblem) else f"{error} is not known"
        raise ValueError(f"descriptor {descriptor.fd} of thread {thread.tid}: {what}") from None
    return _entry(struct.pack("<qQB", descriptor.fd, descriptor.inode, code) + body)


def _descriptor_body(descriptor: DescriptorEntry) -> tuple[int, bytes]:
    """Type code and what follows it. Raises KeyError, ValueProblem."""
    if descriptor.type in _FILE_TYPES:
        return _FILE_TYPES[descriptor.type], _sized(descriptor.name, 1023)
    if descriptor.type == "file":
        return 16, struct.pack("<I", _file_flags(descriptor.flags)) + _sized(descriptor.name, 1023) + struct.pack(
            "<I", descriptor.device
        )
    if descriptor.type == "unix":
        if not is_unix_path(descriptor.name):
            raise ValueProblem(f"{descriptor.name!r} is not the path of a unix socket", ValueError)
        return 8, bytes(16) + _sized(descriptor.name, 1023)
    protocol = bytes([_PROTOCOLS[descriptor.protocol]])
    version, _, server = descriptor.type.partition("-")
    code = {"ipv4": 5 if server else 3, "ipv6": 6 if server else 4}[version]
    ends = [address_parts(end) for end in descriptor.name.split("->")]
    if len(ends) != (1 if server else 2) or any((family == 10) != (version == "ipv6") for family, _, _ in ends):
        raise ValueProblem(f"{descriptor.name!r} does not suit the type {descriptor.type}", ValueError)
    addresses = b"".join(address for _, address, _ in ends)
    return code, addresses + b"".join(struct.pack("<H", port) for _, _, port in ends) + protocol


def _file_flags(flags: int | str) -> int:
    if isinstance(flags, int):
        return flags
    total = 0
    for name in flags.split("|"):
        total |= FLAG_TABLES["file_flags"][name]
    return total
