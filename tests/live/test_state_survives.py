"""What is known of a machine's threads and descriptors after wild times is what /proc says."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import tracer

pytestmark = pytest.mark.live

LONGEST_S = 30
BUFFER_BYTES = 16 << 20


@contextmanager
def traced(program: str, *words: str) -> Iterator[tuple[tracer.EventStream, subprocess.Popen[str], list[str]]]:
    """Runs a Python program under tracing until it prints a line; it waits for one on its standard input then.

    Yields the stream, taken in up to that moment, the process, and the words of that line.
    """
    with tracer.live(filter="proc.name=nosuch", buffer_bytes=BUFFER_BYTES) as events:
        events.poll(0.01)
        with subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", program, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin is not None and process.stdout is not None
            try:
                end = time.monotonic() + LONGEST_S
                while not select.select([process.stdout], [], [], 0)[0] and time.monotonic() < end:
                    events.poll(0.02)
                said = process.stdout.readline()
                take_in(events)
                yield events, process, said.split()
            finally:
                process.stdin.close()
                process.wait(timeout=LONGEST_S)


def take_in(events: tracer.EventStream) -> None:
    """Takes in what has happened up to now; nothing may have been lost."""
    time.sleep(0.02)  # for what is just being recorded
    emitted = events.statistics.emitted
    end = time.monotonic() + LONGEST_S
    while events._opened.session.events_read < emitted and time.monotonic() < end:
        events.poll(0.02)
    events.poll(0.02)
    assert events.statistics.dropped == 0


def process_ids() -> set[int]:
    return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()}


def task_ids(pid: int) -> set[int]:
    return {int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()}


def children_of(pid: int) -> set[int]:
    """The process and all below it, as /proc has them."""
    parents = {}
    for each in process_ids():
        try:
            status = Path(f"/proc/{each}/status").read_text()
        except OSError:
            continue
        parents[each] = int(status.split("PPid:")[1].split()[0])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def same_as_proc(events: tracer.EventStream, pids: set[int]) -> None:
    """Holds threads, names, parents and descriptors of processes against /proc."""
    known = {thread.tid: thread for thread in events.threads()}
    for pid in pids:
        assert {tid for tid, thread in known.items() if thread.pid == pid} == task_ids(pid)
        for tid in task_ids(pid):
            proc, thread = Path(f"/proc/{pid}/task/{tid}"), known[tid]
            status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
            assert thread.name == (proc / "comm").read_text()[:-1]
            assert thread.ptid == int(status["PPid"])
            assert [thread.uid, thread.gid] == [int(status[key].split()[1]) for key in ("Uid", "Gid")]
            assert thread.cwd.rstrip("/") == str((proc / "cwd").readlink()).rstrip("/")
        assert known[pid].exepath == str(Path(f"/proc/{pid}/exe").readlink())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
        assert [known[pid].exe, *known[pid].args] == words
        same_descriptors(events, pid)


NAMELESS = ("anon_inode:", "pipe:", "socket:")


def same_descriptors(events: tracer.EventStream, pid: int) -> None:
    there = {int(entry.name): str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    known = {descriptor.fd: descriptor for descriptor in events.descriptors(pid)}
    assert known.keys() == there.keys()
    for fd, target in there.items():
        if not target.startswith((*NAMELESS, "/memfd:")):
            assert known[fd].name == target


def no_stale_thread(events: tracer.EventStream) -> None:
    """Every thread that is known is there, but for those that ended while this looked."""
    stale = {thread.tid for thread in events.threads() if not Path(f"/proc/{thread.tid}").exists()}
    if stale:
        take_in(events)
    left = [(each.tid, each.pid, each.ptid, each.name) for each in events.threads() if each.tid in stale]
    assert left == []


def memory_kib() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


SHORT_LIVED = """
import os, sys
for round in range(int(sys.argv[1]) // 100):
    pids = []
    for each in range(100):
        pid = os.fork()
        if pid == 0:
            os.close(os.open('/dev/null', os.O_RDONLY))
            os._exit(0)
        pids.append(pid)
    for pid in pids: os.waitpid(pid, 0)
print('done', flush=True); sys.stdin.readline()
"""


def test_ten_thousand_short_lived_processes_leave_nothing_behind() -> None:
    with traced(SHORT_LIVED, "1000"):
        pass  # what the first stream sets up once stays
    with traced(SHORT_LIVED, "1000") as (events, process, _):
        few = memory_kib()
        assert process.pid in {thread.tid for thread in events.threads()}
    with traced(SHORT_LIVED, "10000") as (events, process, _):
        no_stale_thread(events)
        same_as_proc(events, children_of(process.pid))
        assert len(events.threads()) < len(process_ids()) + 200
        assert memory_kib() < few + 20_000


VFORKED = """
import subprocess, sys
for each in range(int(sys.argv[1])): subprocess.run(['/bin/true'])
print('done', flush=True); sys.stdin.readline()
"""


def test_programs_that_were_started_leave_nothing_behind() -> None:
    with traced(VFORKED, "300") as (events, process, _):
        no_stale_thread(events)
        same_as_proc(events, {process.pid})


THREADS_EXEC = """
import os, sys, threading, time
def run():
    os.execv(sys.executable, [sys.executable, '-I', '-S', '-c', sys.argv[1]])
open_ended = [os.open('/dev/null', os.O_RDONLY) for each in range(5)]
os.set_inheritable(open_ended[0], True)
for each in range(4): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
threading.Thread(target=run).start()
time.sleep(60)
"""
WAITS = "import sys; print('done', flush=True); sys.stdin.readline()"


def test_a_thread_that_runs_another_program_ends_the_others() -> None:
    with traced(THREADS_EXEC, WAITS) as (events, process, _):
        no_stale_thread(events)
        same_as_proc(events, {process.pid})


MANY_DESCRIPTORS = """
import os, resource, sys
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
count = min(int(sys.argv[1]), hard - 100)
base = os.open('/etc/hostname', os.O_RDONLY)
for each in range(count): os.dup(base)
for fd in range(base + 1, base + count, 2): os.close(fd)
print(count, flush=True); sys.stdin.readline()
"""


def test_a_hundred_thousand_descriptors_of_one_process_are_known() -> None:
    with traced(MANY_DESCRIPTORS, "100000") as (events, process, words):
        assert len(events.descriptors(process.pid)) > int(words[0]) // 2 > 0
        same_descriptors(events, process.pid)
        many = memory_kib()
    assert memory_kib() < many + 10_000


PASSED = """
import array, os, socket, sys, tempfile
left, right = socket.socketpair()
other_left, other_right = socket.socketpair()
for name in range(20): os.close(os.open('/dev/null', os.O_RDONLY))
pid = os.fork()
if pid == 0:
    file = os.open('/etc/passwd', os.O_RDONLY)
    directory = os.open('/usr/lib', os.O_RDONLY | os.O_DIRECTORY)
    server = socket.create_server(('127.0.0.1', 0))
    socket.send_fds(left, [b'x'], [file, directory, server.fileno()])
    left.recv(1)
    os._exit(0)
message, fds, flags, address = socket.recv_fds(right, 1, 3)
right.send(b'y'); os.waitpid(pid, 0)
os.close(os.dup(fds[0]))
server = socket.socket(fileno=fds[2])
print(*fds, server.getsockname()[1], flush=True); sys.stdin.readline()
"""


def test_descriptors_that_were_passed_over_a_socket_are_known() -> None:
    with traced(PASSED) as (events, process, words):
        file, directory, server, port = map(int, words)
        known = {descriptor.fd: descriptor for descriptor in events.descriptors(process.pid)}
        assert (known[file].type, known[file].name) == ("file", "/etc/passwd")
        assert (known[directory].type, known[directory].name) == ("directory", os.path.realpath("/usr/lib"))
        assert (known[server].type, known[server].name) == ("ipv4", f"127.0.0.1:{port}")
        same_descriptors(events, process.pid)


OF_EVERY_KIND = """
import ctypes, os, select, signal, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *words): return libc.syscall(number, *words)
mask = (ctypes.c_ulong * 16)(1 << 9)
made = {
    'file': os.open('/etc/hostname', os.O_RDONLY), 'directory': os.open('/etc', os.O_RDONLY | os.O_DIRECTORY),
    'pipe': os.pipe()[0], 'event': call(290, 0, 0), 'signalfd': call(289, -1, mask, 8, 0),
    'eventpoll': select.epoll().detach() if hasattr(select.epoll, 'detach') else call(291, 0),
    'inotify': call(294, 0), 'timerfd': call(283, 1, 0), 'memfd': call(319, b'name', 0),
    'pidfd': call(434, os.getpid(), 0),
    'ipv4': socket.socket().detach(), 'ipv6': socket.socket(socket.AF_INET6).detach(),
    'unix': socket.socket(socket.AF_UNIX).detach(), 'netlink': socket.socket(16, socket.SOCK_RAW, 0).detach(),
    'userfaultfd': call(323, 0), 'io_uring': call(425, 4, (ctypes.c_char * 120)()),
}
print(*[f'{kind}={fd}' for kind, fd in made.items() if fd >= 0], flush=True); sys.stdin.readline()
"""


def test_descriptors_of_every_kind_are_known() -> None:
    with traced(OF_EVERY_KIND) as (events, process, words):
        kinds = {int(fd): kind for kind, fd in (word.split("=") for word in words)}
        known = {descriptor.fd: descriptor.type for descriptor in events.descriptors(process.pid)}
        assert {fd: known[fd] for fd in kinds} == kinds
        assert len(kinds) >= 12
        same_descriptors(events, process.pid)


ON_EXEC = """
import ctypes, fcntl, os, socket, sys
libc = ctypes.CDLL(None)
call = libc.syscall
for cloexec in (0, 0o2000000):
    call(2, b'/etc/hostname', cloexec); call(290, 0, cloexec); call(283, 1, cloexec); call(294, cloexec)
    call(291, cloexec); call(41, 2, 1 | cloexec, 0); call(319, b'm', 1 if cloexec else 0)
    call(293, (ctypes.c_int * 2)(), cloexec); call(53, 1, 1 | cloexec, 0, (ctypes.c_int * 2)())
    call(289, -1, (ctypes.c_ulong * 16)(), 8, cloexec)
call(434, os.getpid(), 0)
call(436, 20, 22, 4)  # close_range: closed on exec
for fd in (3, 4): fcntl.fcntl(fd, fcntl.F_SETFD, 1)
os.execv(sys.executable, [sys.executable, '-I', '-S', '-c', sys.argv[1]])
"""


def test_what_is_open_after_exec_is_what_was_not_marked() -> None:
    with traced(ON_EXEC, WAITS) as (events, process, _):
        assert len(list(Path(f"/proc/{process.pid}/fd").iterdir())) > 10
        same_as_proc(events, {process.pid})


ORPHANS = """
import ctypes, os, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
if os.fork() == 0:
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, b'orphan', 0, 0, 0)
        os.chdir('/usr'); os.setsid()
        sys.stdout.close(); os.read(0, 1)
        os._exit(0)
    time.sleep(0.05); os._exit(0)
os.wait(); time.sleep(0.05)
print('done', flush=True); sys.stdin.readline()
"""


def test_orphans_have_the_parent_that_adopted_them() -> None:
    with traced(ORPHANS) as (events, process, _):
        pids = children_of(process.pid)
        assert len(pids) == 2
        same_as_proc(events, pids)


IN_NAMESPACES = """
import ctypes, os, sys, time
libc = ctypes.CDLL(None)
libc.unshare(0x20000000)  # CLONE_NEWPID
if os.fork() == 0:
    try: open('/proc/sys/kernel/ns_last_pid', 'w').close()
    except OSError: pass
    for each in range(200):
        if os.fork() == 0: os._exit(0)
        os.wait()
    pid = os.fork()
    if pid == 0:
        libc.unshare(0x00020000)  # CLONE_NEWNS
        os.chdir('/usr'); os.open('/etc/hostname', os.O_RDONLY)
        os.read(0, 1); os._exit(0)
    os.open('/etc/passwd', os.O_RDONLY)
    os.write(1, b'done\\n'); os.read(0, 1)
    os._exit(0)
os.wait()
"""


def test_processes_in_namespaces_are_known_by_the_ids_of_this_one() -> None:
    with traced(IN_NAMESPACES) as (events, process, _):
        time.sleep(0.1)
        take_in(events)
        pids = children_of(process.pid)
        assert len(pids) == 3
        same_as_proc(events, pids)
        no_stale_thread(events)
        for thread in events.threads():
            if thread.pid in pids - {process.pid}:
                numbers = Path(f"/proc/{thread.tid}/status").read_text().split("NSpid:")[1].splitlines()[0].split()
                assert [thread.tid, thread.vtid] == [int(numbers[0]), int(numbers[-1])]


IDS_USED_AGAIN = """
import os, sys
last = '/proc/sys/kernel/ns_last_pid'
seen = {}
for each in range(60):
    pid = os.fork()
    if pid == 0:
        os.open('/etc/hostname' if each % 2 else '/etc/passwd', os.O_RDONLY)
        if each < 59: os._exit(0)
        os.read(0, 1); os._exit(0)
    seen[pid] = seen.get(pid, 0) + 1
    if each < 59:
        os.waitpid(pid, 0)
        with open(last, 'w') as file: file.write(str(pid - 1))
print(max(seen.values()), pid, flush=True); sys.stdin.readline()
"""


def test_an_id_that_is_used_again_is_another_process_each_time() -> None:
    with traced(IDS_USED_AGAIN) as (events, process, words):
        assert int(words[0]) > 1, "no id was used again"
        same_as_proc(events, {process.pid, int(words[1])})
        no_stale_thread(events)
