from __future__ import annotations

import pytest

from tests.unit.state_helpers import note
from tracer.core.records import DescriptorEntry
from tracer.drivers.fake.script import Script

SHAPES = pytest.mark.parametrize("enter_events", [False, True], ids=["exit events only", "enter and exit events"])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/etc/passwd", "/etc/passwd"),
        ("notes", "/home/me/notes"),
        ("./notes", "/home/me/notes"),
        ("../you//notes", "/home/you/notes"),
        ("../../../..", "/"),
        ("a/./b/../c/", "/home/me/a/c"),
        ("..hidden", "/home/me/..hidden"),
        (".profile", "/home/me/.profile"),
        ("/a/..", "/"),
        ("caf\u00e9", "/home/me/caf\u00e9"),
    ],
)
def test_an_opened_file_is_named_by_its_path_from_the_working_directory(path: str, name: str) -> None:
    script = Script()
    script.process("cat", pid=100, cwd="/home/me").openat(path, returns=3)
    assert note(script, "fd.name") == [name]


@SHAPES
def test_a_path_may_start_from_an_open_directory(enter_events: bool) -> None:
    script = Script(enter_events=enter_events)
    process = script.process("cat", pid=100, cwd="/home/me")
    process.openat("/etc", "O_DIRECTORY", returns=3)
    process.openat("ssl/../hosts", dirfd=3, returns=4)
    process.read(4, b"x")
    assert note(script, "fd.type", "fd.name", event="read")[-1] == ("file", "/etc/hosts")


def test_the_directory_of_an_unknown_descriptor_is_unknown() -> None:
    script = Script()
    script.process("cat", pid=100).openat("hosts", dirfd=7, returns=4)
    assert note(script, "fd.name") == ["<UNKNOWN>hosts"]


def test_the_name_that_the_kernel_got_counts_even_if_the_program_changes_it_during_the_call() -> None:
    script = Script()
    process = script.process("cat", pid=100)
    process.event("SYSCALL_OPENAT_2_E", dirfd=-100, name="/tmp/asked", flags=1, mode=0)
    process.event("SYSCALL_OPENAT_2_X", fd=3, dirfd=-100, name="/tmp/forged", flags=1, mode=0, dev=0)
    assert note(script, "fd.name")[-1] == "/tmp/asked"


def test_a_name_that_could_not_be_read_at_the_start_is_taken_from_the_end_of_the_call() -> None:
    script = Script()
    process = script.process("cat", pid=100)
    process.event("SYSCALL_OPEN_E", name="<NA>", flags=1, mode=0)
    process.event("SYSCALL_OPEN_X", fd=3, name="/tmp/file", flags=1, mode=0, dev=0)
    assert note(script, "fd.name")[-1] == "/tmp/file"


def test_openat_of_old_captures_has_its_parameters_in_the_enter_event() -> None:
    script = Script()
    process = script.process("cat", pid=100, cwd="/srv")
    process.event("SYSCALL_OPENAT_E", dirfd=-100, name="data", flags=1, mode=0)
    process.event("SYSCALL_OPENAT_X", fd=5)
    process.read(5)
    assert note(script, "fd.name", event="read") == ["/srv/data"]


@SHAPES
def test_a_descriptor_is_there_while_its_close_is_looked_at_and_gone_after(enter_events: bool) -> None:
    script = Script(enter_events=enter_events)
    process = script.process("cat", pid=100)
    process.open("/tmp/file", returns=3)
    process.close(3)
    process.read(3, returns="EBADF")
    assert note(script, "fd.name", event="close")[-1] == "/tmp/file"
    assert not note(script, "fd.name", event="read")[-1]


@pytest.mark.parametrize("error", ["EBADF", "EIO"])
def test_a_close_that_fails_has_freed_the_number_all_the_same(error: str) -> None:
    # close(2): Linux releases the descriptor early, whatever it then reports
    script = Script()
    process = script.process("cat", pid=100)
    process.open("/tmp/file", returns=3)
    process.close(3, returns=error)
    process.read(3, returns="EBADF")
    assert not note(script, "fd.name", event="read")[-1]


def test_a_number_given_out_again_during_its_close_stays_open() -> None:
    script = Script()
    main = script.process("server", pid=100)
    main.open("/tmp/old", returns=3)
    other = main.thread(tid=101)
    main.event("SYSCALL_CLOSE_E", fd=3)
    other.open("/tmp/new", returns=3)
    main.event("SYSCALL_CLOSE_X", res=0, fd=3)
    other.read(3, b"x")
    assert note(script, "fd.name", event="read") == ["/tmp/new"]


@SHAPES
def test_copies_of_a_descriptor_outlive_it(enter_events: bool) -> None:
    script = Script(enter_events=enter_events)
    process = script.process("sh", pid=100)
    process.open("/tmp/file", returns=3)
    process.dup(3, returns=4)
    process.event("dup2", returns=1, oldfd=3, newfd=1)
    process.event("dup3", returns=7, oldfd=3, newfd=7, flags="O_CLOEXEC")
    process.event("fcntl", returns=10, fd=3, cmd="F_DUPFD_CLOEXEC", arg=10)
    process.close(3)
    for fd in (4, 1, 7, 10):
        process.write(fd, b"x")
    exits = [name for is_exit, name in note(script, "evt.dir", "fd.name", event="write") if is_exit == "<"]
    assert exits == ["/tmp/file"] * 4


@SHAPES
def test_fcntl_that_copies_nothing_opens_nothing(enter_events: bool) -> None:
    script = Script(enter_events=enter_events)
    process = script.process("sh", pid=100)
    process.open("/tmp/file", returns=3)
    process.event("fcntl", returns=5, fd=3, cmd="F_GETFL", arg=0)
    process.read(5)
    assert not note(script, "fd.name", event="read")[-1]


def test_close_range_closes_the_range_and_nothing_else() -> None:
    script = Script()
    process = script.process("sh", pid=100)
    for fd in (3, 4, 5, 6):
        process.open(f"/tmp/{fd}", returns=fd)
    process.event("close_range", res=0, first=4, last=5, flags=0)
    for fd in (3, 4, 5, 6):
        process.read(fd)
    assert [bool(name) for name in note(script, "fd.name", event="read")] == [True, False, False, True]


@pytest.mark.parametrize(
    ("call", "params", "kind"),
    [
        ("eventfd2", {"initval": 0, "flags": 0}, "event"),
        ("signalfd4", {"flags": 0, "fd": -1, "mask": 0}, "signalfd"),
        ("timerfd_create", {"clockid": 1, "flags": 0}, "timerfd"),
        ("inotify_init1", {"flags": 0}, "inotify"),
        ("epoll_create1", {"flags": 0}, "eventpoll"),
    ],
)
def test_calls_that_open_no_file_make_descriptors_of_their_kind(call: str, params: dict[str, int], kind: str) -> None:
    script = Script()
    process = script.process("server", pid=100)
    process.event(call, returns=9, **params)
    process.read(9)
    assert note(script, "fd.type", event="read") == [kind]


def test_both_ends_of_a_pipe_are_known() -> None:
    script = Script()
    process = script.process("sh", pid=100)
    process.pipe2(3, 4)
    process.write(4, b"x")
    process.read(3, b"x")
    assert note(script, "evt.type", "fd.type")[1:] == [("write", "pipe"), ("read", "pipe")]


@SHAPES
def test_the_working_directory_follows_chdir_and_fchdir(enter_events: bool) -> None:
    script = Script(enter_events=enter_events)
    process = script.process("sh", pid=100, cwd="/home/me")
    process.chdir("src")
    process.open("main.c", returns=3)
    process.openat("/usr/lib", "O_DIRECTORY", returns=4)
    process.event("fchdir", res=0, fd=4)
    process.open("libc.so", returns=5)
    process.chdir("/nowhere", returns="ENOENT")
    process.open("libm.so", returns=6)
    opened = [name for way, name in note(script, "evt.dir", "fd.name", event="open") if way == "<"]
    assert opened == ["/home/me/src/main.c", "/usr/lib/libc.so", "/usr/lib/libm.so"]


def test_descriptors_of_the_start_are_known() -> None:
    script = Script()
    stdin = DescriptorEntry(fd=0, type="file", name="/dev/tty1")
    script.process("sh", pid=100, descriptors=[stdin]).read(0, b"x")
    assert note(script, "fd.num", "fd.name") == [(0, "/dev/tty1")]


def test_an_event_without_a_descriptor_has_no_number() -> None:
    script = Script()
    script.process("sh", pid=100).kill(1, "SIGTERM")
    assert note(script, "fd.num") == [None]


def test_a_process_may_hold_a_hundred_thousand_descriptors() -> None:
    script = Script()
    opener = script.process("opener", pid=100)
    opener.openat("/first", returns=3)
    for fd in range(4, 100_003):
        opener.dup(3, returns=fd)
    opener.read(100_002, b"x")
    assert note(script, "fd.name", event="read") == ["/first"]
