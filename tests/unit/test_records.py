"""Records made in Python, held against bytes worked out by hand from the format's description."""

from __future__ import annotations

import struct

import pytest

from tracer.core.records import (
    DescriptorEntry,
    MachineEntry,
    ThreadEntry,
    encode_frame,
    encode_record,
    encode_tables,
    event_type,
    iterate_frames,
    record_code,
    record_time,
    shift_time,
)

HEADER = struct.Struct("<QqIHI")


def values_of(record: bytes) -> list[bytes]:
    """The values of a record whose lengths are u16."""
    count = HEADER.unpack_from(record)[4]
    at = HEADER.size + 2 * count
    values = []
    for (size,) in struct.iter_unpack("<H", record[HEADER.size : at]):
        values.append(record[at : at + size])
        at += size
    assert at == len(record)
    return values


def test_a_close_exit_is_these_bytes():
    record = encode_record("close", 0x1122334455667788, 77, {"res": -9, "fd": 5})
    assert record == bytes.fromhex(
        "8877665544332211"  # time
        "4d00000000000000"  # thread
        "2e000000"  # 46 bytes
        "0500"  # close, exit
        "02000000"  # two parameters
        "0800"
        "0800"
        "f7ffffffffffffff"
        "0500000000000000"
    )


def test_the_header_counts_itself_lengths_and_values():
    record = encode_record("read", 1, 2, {"res": 3, "data": b"abc", "fd": 4, "size": 10})
    assert HEADER.unpack_from(record) == (1, 2, len(record), 7, 4)
    assert values_of(record) == [struct.pack("<q", 3), b"abc", struct.pack("<q", 4), struct.pack("<I", 10)]


@pytest.mark.parametrize(
    ("name", "enter", "code"),
    [
        ("read", False, 7),
        ("read", True, 6),
        ("PPME_SYSCALL_READ_E", False, 6),
        ("SYSCALL_READ_X", True, 7),
        (7, False, 7),
        ("openat", False, 307),
        ("PROCEXIT_1_E", False, 186),
    ],
)
def test_events_go_by_code_enum_or_system_call(name, enter, code):
    assert event_type(name, enter=enter).code == code


def test_an_unknown_event_suggests_a_similar_one():
    with pytest.raises(LookupError, match=r"'opennat'; did you mean openat\?"):
        event_type("opennat")


def test_the_last_appended_parameters_may_be_left_out_but_no_others():
    assert len(values_of(encode_record("read", 1, 2, {"res": 0, "data": b""}))) == 2
    with pytest.raises(TypeError, match="SYSCALL_READ_X lacks its parameter 'fd'"):
        encode_record("read", 1, 2, {"res": 0, "data": b"", "size": 3})
    with pytest.raises(TypeError, match="SYSCALL_READ_X lacks its parameter 'data'"):
        encode_record("read", 1, 2, {"res": 0})


def test_filling_gives_every_parameter_its_nothing():
    record = encode_record("openat", 1, 2, {"fd": 3}, fill=True)
    fd, dirfd, name, flags, mode, dev, ino = values_of(record)
    assert (fd, dirfd, name) == (struct.pack("<q", 3), struct.pack("<q", -1), b"\0")
    assert [len(value) for value in (flags, mode, dev, ino)] == [4, 4, 4, 8]


def test_an_unknown_parameter_is_refused_with_the_known_ones():
    with pytest.raises(TypeError, match="no parameter 'filename'; its parameters: res, fd"):
        encode_record("close", 1, 2, {"filename": "x"})


@pytest.mark.parametrize(
    ("event", "param", "value", "expected"),
    [
        ("openat", "name", "/tmp/ä", "/tmp/ä".encode() + b"\0"),
        ("openat", "name", b"/tmp/\xff", b"/tmp/\xff\0"),
        ("openat", "flags", "O_RDONLY|O_CLOEXEC", struct.pack("<I", 0x1001)),
        ("openat", "fd", "ENOENT", struct.pack("<q", -2)),
        ("openat", "dev", 0xFFFFFFFF, b"\xff\xff\xff\xff"),
        ("execve", "args", ["-l", "/tmp"], b"-l\0/tmp\0"),
        ("kill", "sig", "SIGTERM", b"\x0f"),
        ("GENERIC_X", "ID", "getpid", struct.pack("<H", 16)),
        ("bind", "addr", "10.0.0.1:80", bytes([2, 10, 0, 0, 1, 80, 0])),
        ("bind", "addr", "[::1]:443", bytes([10]) + bytes(15) + b"\x01" + struct.pack("<H", 443)),
        ("bind", "addr", "/run/s", b"\x01/run/s\0"),
        ("connect", "tuple", "1.2.3.4:1->5.6.7.8:2", bytes([2, 1, 2, 3, 4, 1, 0, 5, 6, 7, 8, 2, 0])),
        ("connect", "tuple", "@x", b"\x01" + bytes(16) + b"@x\0"),
        ("poll", "fds", [(3, 1)], struct.pack("<HqH", 1, 3, 1)),
        ("ptrace", "data", ("sigtype", "SIGSTOP"), b"\x01\x13"),
        ("read", "data", None, b""),
    ],
)
def test_values_become_the_bytes_of_their_type(event, param, value, expected):
    kind = event_type(event)
    record = encode_record(kind, 1, 2, {param: value}, fill=True)
    assert values_of(record)[[param.name for param in kind.params].index(param)] == expected


@pytest.mark.parametrize(
    ("event", "param", "value", "error", "message"),
    [
        ("close", "fd", "three", ValueError, "SYSCALL_CLOSE_X, parameter fd: 'three' is not a name of fd"),
        ("close", "fd", 1.5, TypeError, r"1\.5 is not a whole number \(fd\)"),
        ("close", "fd", 1 << 63, ValueError, "does not fit 64 bits, signed"),
        ("read", "size", -1, ValueError, "does not fit 32 bits, unsigned"),
        ("openat", "name", 7, TypeError, "7 is not text"),
        ("openat", "name", "a\0b", ValueError, "NUL"),
        ("openat", "flags", "O_RDONLY|O_NOSUCH", ValueError, "not a name of file_flags"),
        ("bind", "addr", "10.0.0.1", ValueError, "not an address such as"),
        ("bind", "addr", "10.0.0.1:70000", ValueError, "not an address such as"),
        ("connect", "tuple", "1.2.3.4:1->[::1]:2", ValueError, "joins an IPv4 and an IPv6"),
        ("poll", "fds", [3], TypeError, "not a sequence of"),
        ("read", "data", bytes(65536), ValueError, "65536 bytes are too many"),
    ],
)
def test_values_that_do_not_suit_are_refused_with_event_and_parameter(event, param, value, error, message):
    with pytest.raises(error, match=message):
        encode_record(event, 1, 2, {param: value}, fill=True)


def test_frames_of_a_batch_come_apart_as_they_were_put_together():
    records = [encode_record("close", time, 7, {"res": 0, "fd": 3}) for time in (5, 6)]
    batch = encode_frame(records[0], cpu=1) + encode_frame(records[1], state_only=True)
    first, second = iterate_frames(batch)
    assert (first[:6], second[:6]) == (struct.pack("<HI", 1, 0), struct.pack("<HI", 0, 1))
    assert (first[6:], second[6:]) == tuple(records)
    assert (record_time(second, 6), record_code(second, 6)) == (6, 5)
    assert record_time(shift_time(second, 6, 100), 6) == 106


@pytest.mark.parametrize("cut", [1, 6, 31, 40])
def test_a_batch_that_ends_inside_a_frame_is_an_error(cut):
    frame = encode_frame(encode_record("close", 5, 7, {"res": 0, "fd": 3}))
    with pytest.raises(ValueError, match="byte"):
        list(iterate_frames(frame[:cut]))


def blocks_of(data: bytes) -> list[tuple[int, bytes]]:
    """(type, body) of metadata blocks."""
    blocks = []
    while data:
        code, size = struct.unpack_from("<II", data)
        assert size % 4 == 0
        assert struct.unpack_from("<I", data, size - 4) == (size,)
        blocks.append((code, data[8 : size - 4]))
        data = data[size:]
    return blocks


def test_tables_are_a_machine_block_a_thread_block_and_one_block_of_descriptors_per_thread():
    threads = [
        ThreadEntry(10, 10, 1, "cat", "cat", descriptors=(DescriptorEntry(0, "pipe", "p"),)),
        ThreadEntry(11, 10, 1, "cat", "cat"),
    ]
    codes = [code for code, _ in blocks_of(encode_tables(threads, MachineEntry("host", cpu_count=4)))]
    assert codes == [0x201, 0x215, 0x218]


def test_a_machine_block_has_180_bytes_with_the_cpu_count_and_the_name():
    ((_, body),) = blocks_of(encode_tables(machine=MachineEntry("host", cpu_count=4)))
    assert len(body) == 180
    assert struct.unpack_from("<I", body) == (4,)
    assert body[20:25] == b"host\0"


@pytest.mark.parametrize(
    ("descriptor", "code", "payload"),
    [
        (
            DescriptorEntry(3, "file", "/a", flags="O_RDWR", inode=9, device=7),
            16,
            struct.pack("<IH2sI", 3, 2, b"/a", 7),
        ),
        (DescriptorEntry(3, "directory", "/", inode=9), 2, b"\x01\0/"),
        (DescriptorEntry(3, "unix", "/s", inode=9), 8, bytes(16) + b"\x02\0/s"),
        (
            DescriptorEntry(3, "ipv4", "1.2.3.4:1->5.6.7.8:2", inode=9, protocol="tcp"),
            3,
            bytes([1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 2, 0, 2]),
        ),
        (DescriptorEntry(3, "ipv4-server", "0.0.0.0:53", inode=9, protocol="udp"), 5, bytes([0, 0, 0, 0, 53, 0, 3])),
    ],
)
def test_descriptors_are_stored_by_type(descriptor, code, payload):
    thread = ThreadEntry(10, 10, 1, "x", "x", descriptors=(descriptor,))
    body = blocks_of(encode_tables([thread]))[2][1]
    size = 4 + 17 + len(payload)
    assert body[:8] == struct.pack("<Q", 10)
    assert body[8 : 8 + size] == struct.pack("<IqQB", size, 3, 9, code) + payload


def test_a_descriptor_that_makes_no_sense_is_named():
    thread = ThreadEntry(10, 10, 1, "x", "x", descriptors=(DescriptorEntry(3, "ipv6", "1.2.3.4:1->5.6.7.8:2"),))
    with pytest.raises(ValueError, match="descriptor 3 of thread 10"):
        encode_tables([thread])
