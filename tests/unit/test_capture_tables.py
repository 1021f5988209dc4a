"""The tables at the start of captures, in every version of every block."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests import capture_builder as build
from tracer.core._engine import CaptureSource, Session, Thread

FILE, DIRECTORY, IPV4, IPV6, IPV4_SERVER, IPV6_SERVER, FIFO, UNIX = 1, 2, 3, 4, 5, 6, 7, 8
EVENT, UNSUPPORTED, SIGNALFD, EVENTPOLL, INOTIFY, TIMERFD, NETLINK, FILE_V2 = 9, 10, 11, 12, 13, 14, 15, 16
TCP, UDP = 2, 3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "capture.scap"


def threads_in(path: Path, data: bytes) -> dict[int, Thread]:
    path.write_bytes(data)
    session = Session(CaptureSource(str(path)))
    session.next()
    return {thread.tid: thread for thread in session.threads()}


def rewritten(path: Path, data: bytes) -> bytes:
    """The tables as they are written again: in the newest version of each block."""
    path.write_bytes(data)
    return CaptureSource(str(path)).table_blocks()


def descriptor_name(path: Path, *blocks: bytes, fd: int = 3) -> str | None:
    """What an event on this descriptor says that it is."""
    path.write_bytes(build.capture(*blocks, build.close_enter(fd)))
    event = Session(CaptureSource(str(path))).next()
    assert event is not None
    return None if event.descriptor is None else f"{event.descriptor.type} {event.descriptor.name}"


@pytest.mark.parametrize("version", range(1, 10))
def test_a_process_list_of_each_version_gives_the_fields_that_it_has(path: Path, version: int):
    thread = threads_in(path, build.capture(build.threads(version)))[100]
    assert (thread.tid, thread.pid, thread.ptid) == (100, 100, 1)
    assert (thread.name, thread.exe, thread.args, thread.cwd) == ("cat", "/bin/cat", ["-n", "file"], "/home/me/")
    assert (thread.uid, thread.gid) == (1000, 1001)
    assert thread.env == (["A=1", "B=2"] if version >= 3 else [])
    assert (thread.vtid, thread.vpid) == ((7, 8) if version >= 4 else (-1, -1))
    assert thread.cgroups == (["cpu=/a", "memory=/b"] if version >= 4 else [])
    assert thread.root == ("/" if version >= 5 else "")
    assert thread.sid == (90 if version >= 6 else -1)
    assert thread.exepath == ("/usr/bin/cat" if version >= 7 else "")


@pytest.mark.parametrize(("kind", "version"), [(0x8000ABCD, 1), (0x8013ABCD, 2), (0x8014ABCD, 3)])
def test_process_lists_with_ids_from_before_the_first_release_are_read(path: Path, kind: int, version: int):
    body = build.ThreadFields().entry(version)
    assert threads_in(path, build.capture(build.block(kind, body)))[100].name == "cat"


@pytest.mark.parametrize("version", range(1, 10))
def test_process_lists_hold_any_number_of_entries(path: Path, version: int):
    entries = [build.ThreadFields(tid=tid, pid=tid, comm=b"x" * (tid % 7)) for tid in range(100, 150)]
    threads = threads_in(path, build.capture(build.threads(version, *entries)))
    assert {tid: len(thread.name) for tid, thread in threads.items()} == {tid: tid % 7 for tid in range(100, 150)}


LOGIN, WRITABLE, CAPABILITIES = struct.pack("<I", 55), b"\1", struct.pack("<QQQ", 3, 5, 7)
OLD_TAIL = LOGIN + WRITABLE + CAPABILITIES
NEW_TAIL = struct.pack("<QI", 123456789, 34816) + OLD_TAIL + struct.pack("<BQQQ", 1, 4242, 10, 11)
NO_LOGIN = struct.pack("<I", 0xFFFFFFFF)


@pytest.mark.parametrize(
    ("tail", "kept"),
    [
        (b"", NO_LOGIN + b"\0" + bytes(24)),
        (LOGIN, LOGIN + b"\0" + bytes(24)),
        (LOGIN + WRITABLE, LOGIN + WRITABLE + bytes(24)),
        (OLD_TAIL, OLD_TAIL),
        (NEW_TAIL, OLD_TAIL),
        (NEW_TAIL + struct.pack("<BBq", 1, 1, 77), OLD_TAIL),
        (NEW_TAIL + struct.pack("<BBq", 1, 1, 77) + b"something yet to come", OLD_TAIL),
    ],
    ids=lambda value: str(len(value)),
)
def test_process_entries_with_each_tail_are_read(path: Path, tail: bytes, kept: bytes):
    (body,) = build.bodies(rewritten(path, build.capture(build.threads(9, tail=tail))), build.THREADS[9])
    (length,) = struct.unpack_from("<I", body)
    assert body[:length][-29:] == kept


def test_kernel_names_of_cgroup_subsystems_become_the_usual_ones(path: Path):
    fields = build.ThreadFields(cgroups=b"cpu_cgroup=/a\0perf=/b\0mem=/c\0io=/d\0name=systemd=/e\0")
    thread = threads_in(path, build.capture(build.threads(9, fields)))[100]
    assert thread.cgroups == ["cpu=/a", "perf_event=/b", "memory=/c", "blkio=/d", "name=systemd=/e"]


def test_zeros_after_the_environment_are_no_part_of_it(path: Path):
    thread = threads_in(path, build.capture(build.threads(9, build.ThreadFields(env=b"A=1\0B=2\0\0\0\0"))))[100]
    assert thread.env == ["A=1", "B=2"]


@pytest.mark.parametrize(
    ("kind", "payload", "shown"),
    [
        (FILE, build.text(b"/etc/hosts"), "file /etc/hosts"),
        (DIRECTORY, build.text(b"/etc"), "directory /etc"),
        (FIFO, build.text(b"pipe:[7]"), "pipe pipe:[7]"),
        (EVENT, build.text(b""), "event "),
        (UNSUPPORTED, build.text(b"x"), "unknown x"),
        (SIGNALFD, build.text(b""), "signalfd "),
        (EVENTPOLL, build.text(b""), "eventpoll "),
        (INOTIFY, build.text(b""), "inotify "),
        (TIMERFD, build.text(b""), "timerfd "),
        (NETLINK, build.text(b""), "netlink "),
        (17, build.text(b"prog"), "bpf prog"),
        (21, build.text(b""), "pidfd "),
        (FILE_V2, struct.pack("<I", 1) + build.text(b"/a/b"), "file /a/b"),
        (UNIX, struct.pack("<QQ", 0xABC, 0xDEF) + build.text(b"/run/x"), "unix /run/x"),
        (
            IPV4,
            build.address("10.0.2.15") + build.address("1.2.3.4") + struct.pack("<HHB", 40816, 80, TCP),
            "ipv4 10.0.2.15:40816->1.2.3.4:80",
        ),
        (
            IPV6,
            build.address("::1") + build.address("fe80::2") + struct.pack("<HHB", 5000, 53, UDP),
            "ipv6 ::1:5000->fe80::2:53",
        ),
        (
            IPV6,
            build.address("::ffff:10.0.0.1") + build.address("::ffff:10.0.0.2") + struct.pack("<HHB", 1, 2, TCP),
            "ipv4 10.0.0.1:1->10.0.0.2:2",
        ),
        (IPV4_SERVER, build.address("0.0.0.0") + struct.pack("<HB", 22, TCP), "ipv4 0.0.0.0:22"),
        (IPV6_SERVER, build.address("::") + struct.pack("<HB", 22, TCP), "ipv6 :::22"),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_a_descriptor_of_each_type_has_its_name(path: Path, version: int, kind: int, payload: bytes, shown: str):
    first = build.descriptor(3, kind, payload)
    second = build.descriptor(4, FILE, build.text(b"the next entry"))
    if version == 1:
        lists = build.block(build.DESCRIPTORS, struct.pack("<q", 100) + first + second)
    else:
        entries = build.with_length(first) + build.with_length(second)
        lists = build.block(build.DESCRIPTORS_V2, struct.pack("<q", 100) + entries)
    assert descriptor_name(path, build.threads(9), lists) == shown
    assert descriptor_name(path, build.threads(9), lists, fd=4) == "file the next entry"


def test_a_descriptor_of_a_type_yet_to_come_is_kept_as_unsupported(path: Path):
    entries = build.with_length(build.descriptor(3, 77, b"who knows"))
    lists = build.block(build.DESCRIPTORS_V2, struct.pack("<q", 100) + entries)
    assert descriptor_name(path, build.threads(9), lists) == "unknown "


def test_descriptors_of_a_thread_that_is_not_described_are_left_out(path: Path):
    entries = build.with_length(build.descriptor(3, FILE, build.text(b"/etc/hosts")))
    lists = build.block(build.DESCRIPTORS_V2, struct.pack("<q", 555) + entries)
    assert 555 not in threads_in(path, build.capture(build.threads(9), lists))


def connection(local: str, local_port: int, remote: str, remote_port: int) -> bytes:
    ports = struct.pack("<HHB", local_port, remote_port, TCP)
    return build.with_length(build.descriptor(3, IPV4, build.address(local) + build.address(remote) + ports))


def test_a_connection_to_a_port_that_is_served_here_begins_with_the_client(path: Path):
    server = build.with_length(build.descriptor(4, IPV4_SERVER, build.address("0.0.0.0") + struct.pack("<HB", 80, TCP)))
    entries = connection("10.0.0.1", 80, "10.0.0.2", 40000) + server
    lists = build.block(build.DESCRIPTORS_V2, struct.pack("<q", 100) + entries)
    assert descriptor_name(path, build.threads(9), lists) == "ipv4 10.0.0.2:40000->10.0.0.1:80"
    # Written again, the local end comes first, as readers expect it.
    assert rewritten(path, build.capture(build.threads(9), lists)).count(entries) == 1


def ipv4_interface(kind: int, speed: bytes, name: bytes) -> bytes:
    addresses = build.address("10.0.2.15") + build.address("255.255.255.0") + build.address("10.0.2.255")
    return struct.pack("<HH", kind, len(name)) + addresses + speed + name


def ipv6_interface(kind: int, speed: bytes, name: bytes) -> bytes:
    addresses = build.address("fe80::1") + build.address("ffff::") + build.address("::")
    return struct.pack("<HH", kind, len(name)) + addresses + speed + name


def interface_entry(entry: bytes) -> bytes:
    """Behind its length, which does not count itself."""
    return struct.pack("<I", len(entry)) + entry


NO_SPEED = struct.pack("<Q", 0)


@pytest.mark.parametrize("kind", [build.INTERFACES, 0x8011ABCD])
@pytest.mark.parametrize(("ipv4", "ipv6", "speed"), [(1, 2, struct.pack("<Q", 1000)), (3, 4, b"")])
def test_interfaces_without_entry_lengths_are_written_again_with_them(
    path: Path, kind: int, ipv4: int, ipv6: int, speed: bytes
):
    body = ipv4_interface(ipv4, speed, b"eth0") + ipv6_interface(ipv6, speed, b"eth0")
    blocks = rewritten(path, build.capture(build.block(kind, body)))
    kept = speed or NO_SPEED
    expected = interface_entry(ipv4_interface(1, kept, b"eth0")) + interface_entry(ipv6_interface(2, kept, b"eth0"))
    assert build.bodies(blocks, build.INTERFACES_V2) == [expected]


def test_interfaces_with_entry_lengths_keep_what_is_known_of_them(path: Path):
    entry = ipv4_interface(1, NO_SPEED, b"lo")
    body = interface_entry(entry + b"something yet to come") + interface_entry(entry)
    blocks = rewritten(path, build.capture(build.block(build.INTERFACES_V2, body)))
    assert build.bodies(blocks, build.INTERFACES_V2) == [2 * interface_entry(entry)]


USER = struct.pack("<BII", 0, 1000, 1001) + build.text(b"me") + build.text(b"/home/me") + build.text(b"/bin/sh")
GROUP = struct.pack("<BI", 1, 1001) + build.text(b"us")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (build.USERS, USER + GROUP),
        (0x8012ABCD, USER + GROUP),
        (build.USERS_V2, build.with_length(USER) + build.with_length(GROUP)),
        (build.USERS_V2, build.with_length(USER + b"more") + build.with_length(GROUP + b"more")),
    ],
)
def test_users_and_groups_of_each_version_are_read(path: Path, kind: int, body: bytes):
    (written,) = build.bodies(rewritten(path, build.capture(build.block(kind, body))), build.USERS_V2)
    assert written.rstrip(b"\0") == (build.with_length(USER) + build.with_length(GROUP)).rstrip(b"\0")


@pytest.mark.parametrize("kind", [build.MACHINE, 0x8002ABCD])
def test_machine_information_is_kept(path: Path, kind: int):
    body = build.machine(cpus=4, hostname=b"box", boot_time=build.START)[8:-4]
    assert build.bodies(rewritten(path, build.capture(build.block(kind, body))), build.MACHINE) == [body]


def test_metadata_of_an_unknown_kind_is_passed_over(path: Path):
    strange = build.block(0x7777, b"what is this")
    assert threads_in(path, build.capture(strange, build.threads(9), strange))[100].name == "cat"
