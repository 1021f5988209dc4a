"""What happens to descriptors other than files, and when they go: on exec, with the table, with the process."""

from __future__ import annotations

import struct

import pytest

import tracer
from tests.unit.state_helpers import note
from tracer.drivers.fake.script import Script, ScriptedThread

CLOEXEC = 0o2000000
"""SOCK_CLOEXEC, among the bits of a socket's type."""
SOL_SOCKET, SCM_RIGHTS, SCM_CREDENTIALS = 1, 1, 2


def names_after(script: Script, process: ScriptedThread, *fds: int) -> list[str | None]:
    """fd.name of each descriptor that the process reads from last."""
    for fd in fds:
        process.read(fd)
    return [name or None for name in note(script, "fd.name", event="read")[-len(fds) :]]


def kinds_after(script: Script, process: ScriptedThread, *fds: int) -> list[str | None]:
    for fd in fds:
        process.read(fd)
    return note(script, "fd.type", event="read")[-len(fds) :]


def test_exec_closes_what_is_marked_so_and_nothing_else() -> None:
    script = Script()
    shell = script.process("sh", pid=100)
    shell.open("/tmp/kept", returns=3)
    shell.open("/tmp/closed", "O_RDONLY|O_CLOEXEC", returns=4)
    shell.execve("/bin/cat")
    assert names_after(script, shell, 3, 4) == ["/tmp/kept", None]


def test_an_exec_that_fails_closes_nothing() -> None:
    script = Script()
    shell = script.process("sh", pid=100)
    shell.open("/tmp/file", "O_RDONLY|O_CLOEXEC", returns=3)
    shell.execve("/bin/nothing", returns="ENOENT")
    assert names_after(script, shell, 3) == ["/tmp/file"]


@pytest.mark.parametrize(
    ("call", "is_kept"),
    [
        ({"name": "dup", "oldfd": 3}, True),
        ({"name": "dup2", "oldfd": 3, "newfd": 5}, True),
        ({"name": "dup3", "oldfd": 3, "newfd": 5}, True),
        ({"name": "dup3", "oldfd": 3, "newfd": 5, "flags": "O_CLOEXEC"}, False),
        ({"name": "fcntl", "fd": 3, "cmd": "F_DUPFD", "arg": 5}, True),
        ({"name": "fcntl", "fd": 3, "cmd": "F_DUPFD_CLOEXEC", "arg": 5}, False),
    ],
)
def test_a_copy_is_kept_on_exec_unless_it_is_asked_otherwise(call: dict[str, str | int], is_kept: bool) -> None:
    script = Script()
    shell = script.process("sh", pid=100)
    shell.open("/tmp/file", "O_RDONLY|O_CLOEXEC", returns=3)
    params = dict(call)
    shell.event(str(params.pop("name")), returns=5, **params)
    shell.execve("/bin/cat")
    assert names_after(script, shell, 3, 5) == [None, "/tmp/file" if is_kept else None]


def test_a_copy_of_what_nobody_knows_is_not_what_was_there_before() -> None:
    script = Script()
    shell = script.process("sh", pid=100)
    shell.open("/tmp/file", returns=1)
    shell.event("dup2", returns=1, oldfd=9, newfd=1)
    assert names_after(script, shell, 1) == [None]


def test_the_mark_can_be_set_and_taken_away() -> None:
    script = Script()
    shell = script.process("sh", pid=100)
    for fd in (3, 4, 5, 6, 7):
        shell.open(f"/tmp/{fd}", "O_CLOEXEC" if fd % 2 else "O_RDONLY", returns=fd)
    shell.event("fcntl", returns=0, fd=3, cmd="F_SETFD", arg=0)
    shell.event("fcntl", returns=0, fd=4, cmd="F_SETFD", arg=1)
    shell.event("ioctl", res=0, fd=5, request=0x5450)
    shell.event("ioctl", res=0, fd=6, request=0x5451)
    shell.execve("/bin/cat")
    assert names_after(script, shell, 3, 4, 5, 6, 7) == ["/tmp/3", None, "/tmp/5", None, None]


def test_dup2_onto_itself_changes_nothing() -> None:
    script = Script()
    shell = script.process("sh", pid=100)
    shell.open("/tmp/file", "O_CLOEXEC", returns=3)
    shell.event("dup2", returns=3, oldfd=3, newfd=3)
    shell.execve("/bin/cat")
    assert names_after(script, shell, 3) == [None]


MAKERS = [
    ("pipe", "pipe2", {"res": 0, "fd1": 5, "fd2": 6}, {"flags": "O_CLOEXEC"}),
    ("event", "eventfd2", {"res": 5}, {"flags": "O_CLOEXEC"}),
    ("signalfd", "signalfd4", {"res": 5, "fd": -1}, {"flags": "O_CLOEXEC"}),
    ("inotify", "inotify_init1", {"res": 5}, {"flags": "O_CLOEXEC"}),
    ("eventpoll", "epoll_create1", {"res": 5}, {"flags": "EPOLL_CLOEXEC"}),
    ("memfd", "memfd_create", {"fd": 5, "name": "m"}, {"flags": "MFD_CLOEXEC"}),
    ("userfaultfd", "userfaultfd", {"res": 5}, {"flags": "O_CLOEXEC"}),
    ("ipv4", "socket", {"fd": 5, "domain": "AF_INET", "type": 1}, {"flags": "O_CLOEXEC"}),
    ("ipv4", "accept4", {"fd": 5, "tuple": "1.2.3.4:5->1.2.3.4:6"}, {"flags": 0x1000}),
    ("unix", "socketpair", {"res": 0, "fd1": 5, "fd2": 6, "type": 1}, {"type": 1 | CLOEXEC}),
]


@pytest.mark.parametrize(("kind", "call", "params", "marked"), MAKERS, ids=[maker[1] for maker in MAKERS])
def test_every_maker_of_descriptors_can_have_them_closed_on_exec(
    kind: str, call: str, params: dict[str, int | str], marked: dict[str, int | str]
) -> None:
    for extra, expected in (({}, kind), (marked, None)):
        script = Script()
        shell = script.process("sh", pid=100)
        shell.event(call, **(params | extra))
        shell.read(5)
        assert note(script, "fd.type", event="read") == [kind]
        shell.execve("/bin/cat")
        assert kinds_after(script, shell, 5) == [expected]


ALWAYS_CLOSED = [
    ("pidfd", "pidfd_open", {"fd": 5, "pid": 100}),
    ("io_uring", "io_uring_setup", {"res": 5}),
    ("bpf", "bpf", {"fd": 5, "cmd": "BPF_MAP_CREATE"}),
]


@pytest.mark.parametrize(("kind", "call", "params"), ALWAYS_CLOSED, ids=[maker[1] for maker in ALWAYS_CLOSED])
def test_some_descriptors_are_always_closed_on_exec(kind: str, call: str, params: dict[str, int | str]) -> None:
    script = Script()
    shell = script.process("sh", pid=100)
    shell.event(call, **params)
    shell.read(5)
    shell.execve("/bin/cat")
    shell.read(5)
    assert note(script, "fd.type", event="read") == [kind, None]


def test_bpf_commands_that_return_no_descriptor_leave_descriptors_alone() -> None:
    script = Script()
    loader = script.process("loader", pid=100)
    loader.open("/dev/null", returns=0)
    loader.event("bpf", fd=0, cmd="BPF_MAP_UPDATE_ELEM")
    assert names_after(script, loader, 0) == ["/dev/null"]


def test_signalfd_given_a_descriptor_makes_none() -> None:
    script = Script()
    process = script.process("daemon", pid=100)
    process.event("signalfd4", res=5, fd=-1)
    process.event("signalfd4", res=5, fd=5, flags=0)
    assert kinds_after(script, process, 5) == ["signalfd"]


def test_close_range_closes_what_it_covers() -> None:
    script = Script()
    process = script.process("daemon", pid=100)
    for fd in range(3, 8):
        process.open(f"/tmp/{fd}", returns=fd)
    process.event("close_range", res=0, first=4, last=6)
    assert names_after(script, process, 3, 4, 5, 6, 7) == ["/tmp/3", None, None, None, "/tmp/7"]


def test_close_range_can_mark_instead_of_close() -> None:
    script = Script()
    process = script.process("daemon", pid=100)
    for fd in range(3, 6):
        process.open(f"/tmp/{fd}", returns=fd)
    process.event("close_range", res=0, first=4, last=0xFFFFFFFF, flags="CLOSE_RANGE_CLOEXEC")
    assert names_after(script, process, 3, 4, 5) == ["/tmp/3", "/tmp/4", "/tmp/5"]
    process.execve("/bin/cat")
    assert names_after(script, process, 3, 4, 5) == ["/tmp/3", None, None]


def test_close_range_can_leave_the_other_threads_what_they_have() -> None:
    script = Script()
    leader = script.process("daemon", pid=100)
    leader.open("/tmp/file", returns=3)
    thread = leader.thread(tid=101)
    thread.event("close_range", res=0, first=3, last=3, flags="CLOSE_RANGE_UNSHARE")
    leader.read(3)
    thread.read(3)
    assert [name or None for name in note(script, "fd.name", event="read")] == ["/tmp/file", None]


def test_a_thread_that_unshares_files_has_a_table_of_its_own() -> None:
    script = Script()
    leader = script.process("daemon", pid=100)
    leader.open("/tmp/both", returns=3)
    thread = leader.thread(tid=101)
    thread.event("unshare", res=0, flags="CLONE_FILES")
    thread.open("/tmp/thread", returns=4)
    leader.open("/tmp/leader", returns=4)
    thread.close(3)
    for each in (leader, thread):
        each.read(3)
        each.read(4)
    assert [name or None for name in note(script, "fd.name", event="read")] == [
        "/tmp/both", "/tmp/leader", None, "/tmp/thread",
    ]  # fmt: skip


def clone(script: Script, parent: ScriptedThread, child_pid: int, flags: str) -> ScriptedThread:
    """A child made with these flags, seen from the parent, then from the child."""
    common = {"exe": "sh", "comm": "sh", "flags": flags}
    parent.event("clone", res=child_pid, tid=parent.tid, pid=parent.pid, vtid=parent.tid, vpid=parent.pid, **common)
    child = script.process("", pid=child_pid)
    script._threads.pop()
    child.event("clone", res=0, tid=child_pid, pid=child_pid, ptid=parent.tid, vtid=child_pid, vpid=child_pid, **common)
    return child


def test_processes_made_with_clone_files_share_their_descriptors() -> None:
    script = Script()
    parent = script.process("sh", pid=100)
    child = clone(script, parent, 200, "CLONE_FILES")
    child.open("/tmp/child", returns=3)
    parent.open("/tmp/parent", returns=4)
    assert names_after(script, parent, 3) == ["/tmp/child"]
    assert names_after(script, child, 4) == ["/tmp/parent"]


def test_exec_ends_the_sharing_of_descriptors_between_processes() -> None:
    script = Script()
    parent = script.process("sh", pid=100)
    parent.open("/tmp/marked", "O_CLOEXEC", returns=3)
    child = clone(script, parent, 200, "CLONE_FILES|CLONE_VFORK")
    child.execve("/bin/cat")
    child.open("/tmp/child", returns=4)
    assert names_after(script, parent, 3, 4) == ["/tmp/marked", None]
    assert names_after(script, child, 3, 4) == [None, "/tmp/child"]


def test_processes_made_with_clone_fs_share_their_working_directory() -> None:
    script = Script()
    parent = script.process("sh", pid=100, cwd="/srv")
    child = clone(script, parent, 200, "CLONE_FS")
    child.chdir("/tmp")
    parent.open("file", returns=3)
    assert note(script, "proc.cwd", "fd.name", event="open") == [("/tmp/", "/tmp/file")]


def test_a_thread_that_unshares_its_file_system_has_a_working_directory_of_its_own() -> None:
    script = Script()
    leader = script.process("daemon", pid=100, cwd="/srv")
    thread = leader.thread(tid=101)
    thread.event("unshare", res=0, flags="CLONE_FS")
    thread.chdir("/tmp")
    leader.open("file", returns=3)
    thread.open("file", returns=4)
    assert note(script, "fd.name", event="open") == ["/srv/file", "/tmp/file"]


def control_message(level: int, kind: int, data: bytes) -> bytes:
    """struct cmsghdr and its data, padded (cmsg(3))."""
    message = struct.pack("<Qii", 16 + len(data), level, kind) + data
    return message + bytes(-len(message) % 8)


def test_a_number_that_was_passed_from_elsewhere_is_no_longer_what_it_was() -> None:
    script = Script()
    process = script.process("worker", pid=100)
    for fd in (3, 4, 5, 6):
        process.open(f"/tmp/{fd}", returns=fd)
    control = control_message(SOL_SOCKET, SCM_CREDENTIALS, struct.pack("<3i", 3, 3, 3))
    control += control_message(SOL_SOCKET, SCM_RIGHTS, struct.pack("<2i", 4, 5))
    process.event("recvmsg", res=1, fd=6, msgcontrol=control)
    assert names_after(script, process, 3, 4, 5, 6) == ["/tmp/3", None, None, "/tmp/6"]


@pytest.mark.parametrize("length", [0, 15, 16, 17, 4096, 2**64 - 1])
def test_control_messages_of_impossible_length_are_passed_over(length: int) -> None:
    script = Script()
    process = script.process("worker", pid=100)
    process.open("/tmp/file", returns=3)
    control = struct.pack("<Qiii", length, SOL_SOCKET, SCM_RIGHTS, 3)
    process.event("recvmsg", res=1, fd=3, msgcontrol=control)
    assert names_after(script, process, 3) == ["/tmp/file"]


def test_pidfd_getfd_takes_over_the_descriptor_of_another_process() -> None:
    script = Script()
    other = script.process("server", pid=100)
    other.open("/tmp/other", returns=9)
    process = script.process("debugger", pid=200)
    process.event("pidfd_open", fd=3, pid=100)
    process.event("pidfd_getfd", fd=4, pid_fd=3, target_fd=9)
    assert names_after(script, process, 4) == ["/tmp/other"]


def test_look_ups_that_miss_are_counted() -> None:
    script = Script()
    process = script.process("cat", pid=100)
    process.read(7)
    process.read(7)
    process.event("newfstatat", res=0, dirfd=-100, path="x")
    stranger = script.process("", pid=300)
    script._threads.pop()
    stranger.read(0)
    with tracer.play(script.source()) as events:
        list(events)
        assert (events.misses.threads, events.misses.descriptors) == (1, 3)
