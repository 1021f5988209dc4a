"""32-bit system calls on a 64-bit kernel: their events say what was passed, however the arguments were laid out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import tracer
from tests.conftest import TRACER
from tracer.core import _engine

pytestmark = pytest.mark.live

SOURCE = Path(__file__).with_name("compat.c")

# What compat.c passes, call by call. Names are of the events; parameters that are left out depend on the run.
PASSED: list[tuple[str, dict[str, object]]] = [
    ("execve", {"res": 0, "exe": "./compat", "filename": "./compat"}),
    ("open", {"fd": 3, "name": "file", "mode": 0o640}),
    ("pwrite", {"res": 10, "data": b"positioned", "fd": 3, "size": 10, "pos": 0x100000010}),
    ("pread", {"res": 4, "data": b"siti", "fd": 3, "size": 4, "pos": 0x100000012}),
    ("pwritev", {"res": 8, "data": b"onethree", "fd": 3, "size": 8, "pos": 0x200000020}),
    ("preadv", {"res": 8, "size": 8, "data": b"onethree", "fd": 3, "pos": 0x200000020}),
    ("lseek", {"res": 7, "fd": 3, "offset": 7, "whence": 0}),
    ("lseek", {"res": -22, "fd": 3, "offset": 2**64 - 5, "whence": 0}),
    ("llseek", {"res": 0, "fd": 3, "offset": 0x300000009, "whence": 0}),
    ("writev", {"res": 8, "data": b"onethree", "fd": 3, "size": 8}),
    ("ftruncate", {}),
    ("mmap", {"addr": 0, "length": 4096, "prot": 1, "flags": 2, "fd": 3, "offset": 0}),
    ("munmap", {"res": 0, "length": 4096}),
    ("mmap2", {"addr": 0, "length": 8192, "prot": 1, "flags": 2, "fd": 3, "pgoffset": 1}),
    ("stat", {"res": 0, "path": "file"}),
    ("stat64", {"res": -2, "path": "missing"}),
    ("open", {"fd": 4, "name": "other", "mode": 0o600}),
    ("sendfile", {"res": 3, "offset": 2 + 3, "out_fd": 4, "in_fd": 3, "size": 3}),
    ("sendfile", {"res": 4, "offset": 1 + 4, "out_fd": 4, "in_fd": 3, "size": 4}),
    ("lchown", {"res": 0, "path": "file", "uid": 2**32 - 1, "gid": 2**32 - 1}),
    ("chown", {"res": 0, "path": "file", "uid": 2**32 - 1, "gid": 12}),
    ("chown", {"res": 0, "path": "file", "uid": 0x10001, "gid": 13}),
    ("openat", {"fd": 5, "dirfd": -100, "name": "file"}),
    ("openat2", {"fd": 6, "dirfd": -100, "name": "file", "resolve": 1}),
    ("quotactl", {"special": "/dev/none", "cmd": 0x20, "type": 1, "id": 77}),
    ("getresuid", {"res": 0, "ruid": 0, "euid": 0, "suid": 0}),
    ("getresuid", {"res": 0, "ruid": 0, "euid": 0, "suid": 0}),
    ("setresuid", {"res": 0, "ruid": 2**32 - 1, "euid": 2**32 - 1, "suid": 2**32 - 1}),
    ("setreuid", {"res": 0, "ruid": 2**32 - 1, "euid": 2**32 - 1}),
    ("setresuid", {"res": 0, "ruid": 2**32 - 1, "euid": 2**32 - 1, "suid": 2**32 - 1}),
    ("setgid", {"res": 0, "gid": 0}),
    ("getuid", {"uid": 0}),
    ("socket", {"fd": 7, "domain": 2, "type": 1, "proto": 0}),
    ("bind", {"res": 0, "addr": "127.0.0.1:0", "fd": 7}),
    ("listen", {"res": 0, "fd": 7, "backlog": 3}),
    ("getsockname", {}),
    ("socket", {"fd": 8, "domain": 2, "type": 1, "proto": 6}),
    ("connect", {"res": 0, "fd": 8}),
    ("accept4", {"fd": 9, "queuemax": 3, "flags": 0x1000}),
    ("send", {"res": 7, "data": b"by send", "fd": 8, "size": 7}),
    ("recv", {"res": 7, "data": b"by send", "fd": 9, "size": 64}),
    ("sendto", {"res": 9, "data": b"by sendto", "fd": 8, "size": 9}),
    ("recvfrom", {"res": 9, "data": b"by sendto", "fd": 9, "size": 64}),
    ("sendmsg", {"res": 10, "data": b"by sendmsg", "fd": 8, "size": 10}),
    ("recvmsg", {"res": 10, "data": b"by sendmsg", "fd": 9, "size": 10}),
    ("setsockopt", {"res": 0, "fd": 9, "optname": 20, "val": 2_500_000_000, "optlen": 8}),
    ("getsockopt", {"res": 0, "fd": 9, "optname": 20, "val": 2_500_000_000, "optlen": 8}),
    ("shutdown", {"res": 0, "fd": 8, "how": 2}),
    ("socketpair", {"res": 0, "fd1": 10, "fd2": 11, "domain": 1, "type": 1}),
    ("socketcall", {}),
    ("ppoll", {"res": 1}),
    ("ppoll", {"res": 1}),
    ("nanosleep", {"res": 0, "interval": 4000}),
    ("getrlimit", {"res": 0, "resource": 7}),
    ("futex", {"res": -11, "op": 0, "val": 1}),
    ("futex", {"res": -11, "op": 0, "val": 2}),
    ("semget", {"key": 0, "nsems": 2}),
    ("semop", {"nsops": 2, "sem_op_0": 1, "sem_num_1": 1, "sem_op_1": 2, "sem_flg_1": 1}),
    ("semctl", {"semnum": 1, "cmd": 0x1000, "val": 5}),
    ("semctl", {"semnum": 0, "cmd": 4}),
    ("shmat", {}),
    ("prctl", {"res": 0, "option": 15, "arg2_str": "compat-name"}),
    ("keyctl", {"operation": 0, "arg3": 0, "arg4": 0, "arg5": 0}),
]


def build(folder: Path) -> None:
    """Compiles the 32-bit program; it needs no library."""
    options = ["-m32", "-nostdlib", "-static", "-O1", "-fno-pic", "-no-pie", "-fno-stack-protector"]
    subprocess.run(["gcc", *options, "-o", folder / "compat", SOURCE], check=True)


def recorded(folder: Path) -> list[_engine.Event]:
    """The events of the program, from its start to its exit."""
    build(folder)
    capture = folder / "capture.scap"
    command = [TRACER, "run", "-w", capture, "--", "./compat"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=50)
    assert ran.returncode == 0, ran.stderr
    with tracer.open(capture) as events:
        return [event for event in events if not event.is_enter]


def test_32_bit_calls_tell_what_was_passed(tmp_path: Path) -> None:
    events = recorded(tmp_path)
    assert [event.name for event in events] == [name for name, _ in PASSED]
    for event, (_, passed) in zip(events, PASSED, strict=True):
        found = {name: event.params[name] for name in passed}
        assert found == passed, event.name


def test_sockets_of_socketcall_have_the_addresses_of_their_ends(tmp_path: Path) -> None:
    events = {event.name: event for event in recorded(tmp_path)}
    ends = events["connect"].params["tuple"]
    for name in ("accept4", "send", "recv", "sendto", "recvfrom", "sendmsg", "recvmsg"):
        assert events[name].params["tuple"] == ends, name
