from __future__ import annotations

import pytest

from tests.unit.state_helpers import note
from tracer.drivers.fake.script import START_NS, Script


def test_a_thread_nobody_announced_gets_a_placeholder() -> None:
    script = Script()
    known = script.process("sh", pid=100)
    known.read(0)
    script._threads.clear()
    assert note(script, "proc.name", "proc.exe", "thread.tid", "proc.ppid") == [("<NA>", "<NA>", 100, -1)]


def test_a_fork_makes_a_process_of_the_same_program() -> None:
    script = Script()
    parent = script.process("sh", pid=100, args=["-c", "x"], cwd="/srv", uid=7, gid=8)
    child = parent.fork(pid=200)
    child.read(0)
    fields = ("proc.name", "proc.args", "proc.pid", "proc.ppid", "proc.cwd", "user.uid", "group.gid", "proc.vpid")
    assert note(script, *fields, event="read") == [("sh", "-c x", 200, 100, "/srv/", 7, 8, 200)]


def test_a_child_that_comes_first_is_the_same_child() -> None:
    script = Script()
    parent = script.process("sh", pid=100, cwd="/srv")
    parent.open("/tmp/log", returns=3)
    parent.fork(pid=200).write(3, b"x")
    script._frames[1], script._frames[2] = script._frames[2], script._frames[1]
    assert note(script, "proc.pid", "proc.ppid", "proc.cwd", "fd.name", event="write") == [
        (200, 100, "/srv/", "/tmp/log")
    ]


def test_a_forked_process_has_descriptors_of_its_own() -> None:
    script = Script()
    parent = script.process("sh", pid=100)
    parent.open("/tmp/log", returns=3)
    child = parent.fork(pid=200)
    child.close(3)
    child.open("/tmp/child", returns=4)
    parent.write(3, b"x")
    parent.write(4, returns="EBADF")
    assert note(script, "fd.name", event="write")[0] == "/tmp/log"
    assert not note(script, "fd.name", event="write")[1]


def test_a_forked_process_has_a_working_directory_of_its_own() -> None:
    script = Script()
    parent = script.process("sh", pid=100, cwd="/srv")
    parent.fork(pid=200).chdir("/tmp")
    parent.open("file", returns=3)
    assert note(script, "fd.name", event="open") == ["/srv/file"]


def test_threads_share_descriptors_and_working_directory() -> None:
    script = Script()
    leader = script.process("server", pid=100, cwd="/srv")
    thread = leader.thread(tid=101)
    thread.open("/tmp/log", returns=3)
    leader.write(3, b"x")
    leader.chdir("/tmp")
    thread.open("data", returns=4)
    thread.close(3)
    leader.write(3, returns="EBADF")
    fields = ("evt.type", "thread.tid", "proc.pid", "fd.name")
    noted = [row for row in note(script, *fields) if row[0] != "clone"]
    assert noted[1] == ("write", 100, 100, "/tmp/log")
    assert noted[3] == ("open", 101, 100, "/tmp/data")
    assert not noted[5][3]


def test_exec_changes_the_program_but_not_the_process() -> None:
    script = Script()
    shell = script.process("sh", pid=100, cwd="/srv")
    shell.open("/tmp/in", returns=0)
    shell.execve("/bin/cat", ["-n"], env=["HOME=/root"])
    shell.read(0, b"x")
    fields = ("proc.name", "proc.exe", "proc.args", "proc.pid", "proc.cwd", "fd.name")
    assert note(script, *fields, event="read") == [("cat", "/bin/cat", "-n", 100, "/srv/", "/tmp/in")]


def test_a_failed_exec_changes_nothing() -> None:
    script = Script()
    shell = script.process("sh", pid=100)
    shell.execve("/bin/nothing", returns="ENOENT")
    assert note(script, "proc.name", "proc.exe") == [("sh", "sh")]


@pytest.mark.parametrize(
    ("filename", "exepath"), [("/bin/cat", "/bin/cat"), ("../bin/cat", "/opt/bin/cat"), ("<NA>", "<NA>")]
)
def test_old_captures_tell_the_path_of_the_program_when_exec_begins(filename: str, exepath: str) -> None:
    script = Script()
    shell = script.process("sh", pid=100, cwd="/opt/src")
    shell.event("SYSCALL_EXECVE_19_E", filename=filename)
    shell.event("SYSCALL_EXECVE_19_X", res=0, exe="cat", tid=100, pid=100, ptid=1, comm="cat")
    assert note(script, "proc.exepath")[-1] == exepath


def test_current_streams_tell_the_path_of_the_program_when_exec_ends() -> None:
    script = Script()
    shell = script.process("sh", pid=100, cwd="/opt/src")
    shell.event("SYSCALL_EXECVE_19_X", res=0, exe="cat", pid=100, comm="cat", trusted_exepath="/usr/bin/cat")
    assert note(script, "proc.exepath") == ["/usr/bin/cat"]


def test_a_thread_is_there_while_its_end_is_looked_at_and_gone_after() -> None:
    script = Script()
    parent = script.process("sh", pid=100)
    child = parent.fork(pid=200)
    child.exit()
    child.read(0)
    assert note(script, "proc.name", event="procexit") == ["sh"]
    assert note(script, "proc.name", event="read") == ["<NA>"]


def test_a_leader_that_ends_first_lends_its_descriptors_to_the_threads_that_are_left() -> None:
    script = Script()
    leader = script.process("server", pid=100)
    leader.open("/tmp/log", returns=3)
    thread = leader.thread(tid=101)
    leader.exit()
    thread.write(3, b"x")
    thread.write(3, b"x")
    assert note(script, "proc.name", "fd.name", event="write") == [("server", "/tmp/log")] * 2


def test_a_process_id_used_again_is_another_process() -> None:
    script = Script()
    parent = script.process("sh", pid=100)
    first = parent.fork(pid=200)
    first.open("/tmp/first", returns=3)
    # its end is lost
    other = script.process("cron", pid=300)
    second = other.fork(pid=200)
    second.read(3)
    noted = note(script, "proc.name", "proc.ppid", "fd.name", event="read")
    assert noted[0][:2] == ("cron", 300)
    assert not noted[0][2]


def test_a_child_in_another_pid_namespace_is_known_by_the_ids_of_this_one() -> None:
    script = Script()
    parent = script.process("runc", pid=100)
    flags = "CLONE_NEWPID|CLONE_CHILD_IN_PIDNS"
    common = {"exe": "runc", "comm": "runc", "flags": flags}
    parent.event("SYSCALL_CLONE_20_X", res=1, tid=100, pid=100, ptid=1, vtid=100, vpid=100, **common)
    child = script.process("", pid=5000)
    script._threads.pop()
    child.event("SYSCALL_CLONE_20_X", res=0, tid=5000, pid=5000, ptid=100, vtid=1, vpid=1, **common)
    child.read(0)
    fields = ("thread.tid", "thread.vtid", "proc.vpid", "proc.ppid", "proc.name")
    assert note(script, *fields, event="read") == [(5000, 1, 1, 100, "runc")]


@pytest.mark.parametrize("version", ["CLONE_11", "CLONE_16", "CLONE_17", "CLONE_20", "FORK", "FORK_17", "FORK_20"])
def test_every_version_of_clone_and_fork_makes_a_process(version: str) -> None:
    script = Script()
    parent = script.process("sh", pid=100, uid=7)
    ids = {"vtid": 100, "vpid": 100} if version.endswith("_20") else {}
    parent.event(f"SYSCALL_{version}_X", res=200, exe="sh", tid=100, pid=100, ptid=1, uid=7, gid=9, **ids)
    child = script.process("", pid=200)
    script._threads.pop()
    child.read(0)
    noted = note(script, "proc.exe", "proc.pid", "proc.ppid", "user.uid", "group.gid", event="read")
    assert noted == [("sh", 200, 100, 7, 9)]


@pytest.mark.parametrize("version", [8, 13, 14, 15, 16, 17, 18, 19])
def test_every_version_of_exec_changes_the_program(version: int) -> None:
    script = Script()
    shell = script.process("sh", pid=100)
    shell.event(f"SYSCALL_EXECVE_{version}_X", res=0, exe="cat", args=("-n",), tid=100, pid=100, ptid=1)
    assert note(script, "proc.exe", "proc.args", "proc.pid") == [("cat", "-n", 100)]


def test_users_change_when_the_kernel_says_so() -> None:
    script = Script(enter_events=True)
    process = script.process("su", pid=100)
    process.event("setuid", res=0, uid=5)
    process.event("setresgid", res=0, rgid=1, egid=6, sgid=1)
    process.event("setuid", res="EPERM", uid=9)
    process.event("setresuid", res=0, ruid=0, euid=4294967295, suid=0)
    assert note(script, "user.uid", "group.gid")[-1] == (5, 6)


def test_the_latency_of_a_call_is_the_time_from_its_enter_to_its_exit_event() -> None:
    script = Script(start_ns=START_NS, step_ns=250, enter_events=True)
    process = script.process("cat", pid=100)
    process.read(0)
    process.read(0)
    assert note(script, "evt.dir", "evt.latency") == [(">", 0), ("<", 250)] * 2


def test_without_an_enter_event_no_latency_is_known() -> None:
    script = Script()
    process = script.process("cat", pid=100)
    process.event("SYSCALL_READ_E", fd=0, size=1)
    process.event("SYSCALL_READ_X", res=0)
    process.write(1, b"x")
    process.event("SYSCALL_READ_X", res=0)
    assert note(script, "evt.latency")[-2:] == [0, 0]


def test_more_threads_than_the_table_holds_do_no_harm() -> None:
    script = Script()
    process = script.process("sh", pid=1)
    process.read(0)
    template = script._frames[0]
    script._frames = [template[:14] + tid.to_bytes(8, "little") + template[22:] for tid in range(2, 140_000)]
    script._frames.append(template)
    assert note(script, "proc.name", event="read")[-1] == "sh"


def test_more_descriptors_than_a_table_holds_do_no_harm() -> None:
    script = Script()
    process = script.process("sh", pid=1)
    for fd in range(140_000):
        process.open(f"/tmp/{fd}", returns=fd)
    process.read(4000)
    process.read(139_999)
    noted = note(script, "fd.name", event="read")
    assert noted[0] == "/tmp/4000"
    assert not noted[1]
