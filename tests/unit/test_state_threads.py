"""Threads through their lives: who their parents are, what exec leaves of a process, and what is left when they end."""

from __future__ import annotations

import pytest

import tracer
from tests.unit.state_helpers import note
from tracer.drivers.fake.script import THREAD_FLAGS, Script, ScriptedThread


def tids_left(script: Script) -> set[int]:
    """The threads that are known after the last event, and another that takes out what that one ended."""
    last = script.process("last", pid=9999)
    last.read(0)
    with tracer.play(script.source()) as events:
        list(events)
        return {thread.tid for thread in events.threads()} - {9999}


def end(thread: ScriptedThread, reaper: int = 0) -> None:
    thread.event("PROCEXIT_1_E", status=0, reaper_tid=reaper)


def returns(script: Script, maker: ScriptedThread, child: int, **params: int | str) -> tuple[int, int]:
    """Adds both returns of a clone, and says which frames they are: the maker's, then the child's."""
    common = {"exe": "sh", "comm": "sh", **params}
    first = len(script._frames)
    maker.event("clone", res=child, tid=maker.tid, pid=maker.pid, vtid=maker.tid, vpid=maker.pid, **common)
    made = script.process("", pid=child)
    script._threads.pop()
    made.event("clone", res=0, tid=child, pid=child, ptid=maker.tid, vtid=child, vpid=child, **common)
    return first, first + 1


def test_children_of_a_process_that_ends_get_the_parent_that_the_kernel_named() -> None:
    script = Script()
    script.process("init", pid=1, ppid=0)
    shell = script.process("sh", pid=100)
    child = shell.fork(pid=200)
    end(shell, reaper=1)
    child.read(0)
    assert note(script, "proc.ppid", "proc.pname", event="read") == [(1, "init")]


def test_children_stay_with_a_process_while_any_of_its_threads_is_left() -> None:
    script = Script()
    script.process("init", pid=1, ppid=0)
    leader = script.process("server", pid=100)
    thread = leader.thread(tid=101)
    child = leader.fork(pid=200)
    end(leader, reaper=101)
    child.read(0)
    end(thread, reaper=1)
    child.read(0)
    assert note(script, "proc.ppid", event="read") == [100, 1]


def test_a_thread_that_forks_makes_a_child_of_its_process() -> None:
    script = Script()
    leader = script.process("server", pid=100)
    thread = leader.thread(tid=101)
    returns(script, thread, 200)
    child = script.process("", pid=200)
    script._threads.pop()
    child.read(0)
    assert note(script, "proc.ppid", "proc.pname", event="read") == [(100, "server")]


def test_the_parent_of_a_thread_is_its_process_s() -> None:
    script = Script()
    script.process("init", pid=1, ppid=0)
    leader = script.process("server", pid=100, ppid=1)
    leader.thread(tid=101).read(0)
    assert note(script, "proc.ppid", "proc.pname", event="read") == [(1, "init")]


def test_clone_parent_makes_a_brother() -> None:
    script = Script()
    script.process("init", pid=1, ppid=0)
    shell = script.process("sh", pid=100, ppid=1)
    shell.event("clone", res=200, exe="sh", comm="sh", tid=100, pid=100, vtid=100, vpid=100, flags="CLONE_PARENT")
    child = script.process("", pid=200)
    script._threads.pop()
    child.read(0)
    assert note(script, "proc.ppid", event="read") == [1]


def test_nothing_is_left_of_processes_and_threads_that_ended() -> None:
    script = Script()
    shell = script.process("sh", pid=100)
    leader = shell.fork(pid=200)
    thread = leader.thread(tid=201)
    end(leader)  # the leader first
    end(thread)
    other = shell.fork(pid=300)
    end(other.thread(tid=301))  # the thread first
    end(other)
    assert tids_left(script) == {100}


def test_a_child_that_ends_before_its_parent_s_call_returns_is_not_brought_back() -> None:
    # vfork: the parent sleeps until the child has called exec or ended
    script = Script()
    shell = script.process("sh", pid=100)
    in_parent, _ = returns(script, shell, 200, flags="CLONE_VFORK|CLONE_VM")
    child = script.process("", pid=200)
    script._threads.pop()
    end(child)
    script._frames.append(script._frames.pop(in_parent))
    assert tids_left(script) == {100}


def test_the_first_process_of_a_pid_namespace_is_known_once_and_then_gone() -> None:
    script = Script()
    shell = script.process("runc", pid=100)
    common = {"exe": "runc", "comm": "runc"}
    child = script.process("", pid=200)
    script._threads.pop()
    child.event(
        "clone", res=0, tid=200, pid=200, ptid=100, vtid=1, vpid=1, flags="CLONE_NEWPID|CLONE_CHILD_IN_PIDNS", **common
    )
    child.read(0)
    end(child)
    shell.event("clone", res=200, tid=100, pid=100, vtid=100, vpid=100, flags="CLONE_NEWPID", **common)
    assert note(script, "proc.vpid", "proc.ppid", event="read") == [(1, 100)]
    assert tids_left(script) == {100}


def test_an_id_that_is_used_again_at_once_is_another_process() -> None:
    script = Script()
    shell = script.process("sh", pid=100)
    in_parent, _ = returns(script, shell, 200, flags="CLONE_VFORK")
    child = script.process("", pid=200)
    script._threads.pop()
    end(child)
    script._frames.append(script._frames.pop(in_parent))
    second = shell.fork(pid=200)
    second.read(0)
    assert note(script, "proc.name", "proc.ppid", event="read") == [("sh", 100)]
    assert tids_left(script) == {100, 200}


@pytest.mark.parametrize("child_first", [False, True])
def test_a_process_whose_predecessor_s_end_was_lost_begins_anew(child_first: bool) -> None:
    script = Script()
    old = script.process("old", pid=200, ppid=1)
    old.open("/tmp/old", returns=3)
    shell = script.process("sh", pid=100)
    in_parent, _ = returns(script, shell, 200)
    if child_first:
        script._frames.append(script._frames.pop(in_parent))
    old.read(3)
    noted = note(script, "proc.name", "proc.ppid", "fd.name", event="read")
    assert noted[0][:2] == ("sh", 100)
    assert not noted[0][2]


def test_exec_in_a_thread_ends_the_others_and_goes_on_under_the_leader_s_id() -> None:
    # de_thread(): the old leader ends, the calling thread takes its id, and its own id ends unseen
    script = Script()
    leader = script.process("server", pid=100, cwd="/srv")
    leader.open("/tmp/log", returns=3)
    caller = leader.thread(tid=101)
    other = leader.thread(tid=102)
    end(other)
    end(leader, reaper=101)
    leader.execve("/bin/cat")
    leader.read(3)
    assert note(script, "proc.name", "proc.cwd", "fd.name", "proc.nthreads", event="read") == [
        ("cat", "/srv/", "/tmp/log", 1)
    ]
    assert tids_left(script) == {100}
    end(leader)
    assert tids_left(script) == set()
    assert caller.tid == 101


def test_a_thread_can_change_its_name() -> None:
    script = Script()
    leader = script.process("server", pid=100)
    thread = leader.thread(tid=101)
    thread.event("prctl", res=0, option="PR_SET_NAME", arg2_str="worker-0123456789")
    thread.read(0)
    leader.read(0)
    assert note(script, "proc.name", event="read") == ["worker-01234567", "server"]


def test_sessions_and_process_groups_follow_the_calls() -> None:
    script = Script()
    shell = script.process("sh", pid=100)
    child = shell.fork(pid=200)
    child.event("setsid", res=200)
    child.read(0)
    grandchild = child.fork(pid=300)
    grandchild.event("setpgid", res=0, pid=0, pgid=0)
    grandchild.read(0)
    child.event("setpgid", res=0, pid=300, pgid=200)
    grandchild.read(0)
    fields = ("proc.sid", "proc.pgid", "proc.vpgid", "proc.tty")
    assert note(script, *fields, event="read") == [(200, 200, 200, 0), (200, 300, 300, 0), (200, 200, 200, 0)]


ALL = (1 << 41) - 1


def capabilities_after(*calls: tuple[str, dict[str, int | str]]) -> tuple[int, int, bool, bool]:
    """Effective user, and whether CAP_CHOWN is permitted and effective, of a root process after these calls."""
    script = Script()
    daemon = script.process("daemon", pid=100, uid=0)
    daemon.event("capset", res=0, cap_inheritable=0, cap_permitted=ALL, cap_effective=ALL)
    for name, params in calls:
        daemon.event(name, res=0, **params)
    daemon.read(0)
    [(uid, permitted, effective)] = note(
        script, "user.uid", "thread.cap_permitted", "thread.cap_effective", event="read"
    )
    return uid, "CAP_CHOWN" in permitted, "CAP_CHOWN" in effective


# capabilities(7), "Effect of user ID changes on capabilities"
CHANGES_OF_USER = [
    ([("setuid", {"uid": 1000})], (1000, False, False)),
    ([("setresuid", {"ruid": 1000, "euid": 1000, "suid": 1000})], (1000, False, False)),
    ([("setresuid", {"ruid": 0, "euid": 1000, "suid": 0})], (1000, True, False)),
    ([("setresuid", {"ruid": 0, "euid": 1000, "suid": 0}), ("setreuid", {"ruid": 0, "euid": 0})], (0, True, True)),
    ([("setreuid", {"ruid": 1000, "euid": 1000})], (1000, False, False)),
    ([("setreuid", {"ruid": 4294967295, "euid": 1000})], (1000, True, False)),
    ([("prctl", {"option": "PR_SET_KEEPCAPS", "arg2_int": 1}), ("setuid", {"uid": 1000})], (1000, True, False)),
]  # fmt: skip


@pytest.mark.parametrize(("calls", "expected"), CHANGES_OF_USER)
def test_capabilities_go_with_the_user(
    calls: list[tuple[str, dict[str, int | str]]], expected: tuple[int, bool, bool]
) -> None:
    known = [("setresuid", {"ruid": 0, "euid": 0, "suid": 0})]
    assert capabilities_after(*known, *calls) == expected


def test_a_new_user_namespace_gives_all_capabilities() -> None:
    script = Script()
    process = script.process("sh", pid=100, uid=1000)
    process.event("unshare", res=0, flags="CLONE_NEWUSER")
    process.read(0)
    [effective] = note(script, "thread.cap_effective", event="read")
    assert len(effective.split()) == 41


def test_threads_keep_the_flags_they_were_made_with() -> None:
    script = Script()
    leader = script.process("server", pid=100)
    thread = leader.thread(tid=101)
    thread.read(0)
    assert "CLONE_THREAD" in THREAD_FLAGS
    assert note(script, "thread.ismain", "proc.pid", event="read") == [(False, 100)]
