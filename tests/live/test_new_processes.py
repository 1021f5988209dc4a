"""New processes and new programs: both sides of a fork, and what a task's values are, against what /proc says."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import tracer
from tests.conftest import TRACER
from tracer.core import _engine
from tracer.core.schema.tables import FLAG_TABLES

pytestmark = pytest.mark.live

HERE = Path(__file__).parent
CLONE_FLAGS = FLAG_TABLES["clone_flags"]
EXECVE_FLAGS = FLAG_TABLES["execve_flags"]


def recorded(tmp_path: Path, *command: str | Path) -> tuple[str, list[_engine.Event]]:
    """What a command printed, and its events."""
    capture = tmp_path / "capture.scap"
    ran = subprocess.run(
        [TRACER, "run", "-w", capture, "--", *command], cwd=tmp_path, capture_output=True, text=True, timeout=50
    )
    assert ran.returncode == 0, ran.stderr
    assert "dropped" not in ran.stderr
    with tracer.open(capture) as events:
        return ran.stdout, [event for event in events if not event.is_enter]


def of(events: list[_engine.Event], name: str, tid: int) -> list[_engine.Event]:
    return [event for event in events if event.name == name and event.tid == tid]


def test_every_way_to_start_a_process_returns_in_the_parent_and_in_the_child(tmp_path: Path) -> None:
    subprocess.run(["gcc", "-o", tmp_path / "children", HERE / "children.c"], check=True)
    printed, events = recorded(tmp_path, "./children")
    started = {how: int(pid) for how, pid in (line.split() for line in printed.splitlines())}
    parent = next(event.tid for event in events if event.name == "execve")
    for how, child in started.items():
        name = "clone3" if how == "namespace" else how
        (at_parent,) = (event for event in of(events, name, parent) if event.params["res"] == child)
        assert (at_parent.params["tid"], at_parent.params["pid"]) == (parent, parent)
        first = next(event for event in events if event.tid == child)
        assert (first.name, first.params["res"]) == (name, 0), how
        assert (first.params["tid"], first.params["pid"], first.params["ptid"]) == (child, child, parent)
        assert first.params["exe"] == "./children"
        assert first.params["comm"] == "children"
        assert first.params["vtid"] == first.params["vpid"] == (1 if how == "namespace" else child)
        in_namespace = bool(first.params["flags"] & CLONE_FLAGS["CLONE_CHILD_IN_PIDNS"])
        assert in_namespace == (how == "namespace")
    (clone,) = (event for event in of(events, "clone", parent) if event.params["res"] == started["clone"])
    assert clone.params["flags"] & CLONE_FLAGS["CLONE_FILES"]
    (failed,) = (event for event in of(events, "clone", parent) if event.params["res"] == -errno.EINVAL)
    assert failed.params["flags"] & CLONE_FLAGS["CLONE_THREAD"]


# A program that is stopped as soon as it has begun to run, before its first instruction, and what /proc says of it.
STOPPED = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
child = os.fork()
if child == 0:
    libc.ptrace(0, 0, 0, 0)
    os.setpgid(0, 0)
    os.execve(sys.argv[1], ['name', 'argument'], {'VARIABLE': 'value'})
os.waitpid(child, 0)
print(child)
for name in ('stat', 'status', 'cgroup', 'loginuid'):
    try: text = open(f'/proc/{child}/{name}').read()
    except OSError: text = ''
    print('---'); print(text.rstrip())
libc.ptrace(17, child, 0, 0)
os.waitpid(child, 0)
"""


def test_a_new_program_has_the_values_that_proc_tells(tmp_path: Path) -> None:
    printed, events = recorded(tmp_path, sys.executable, "-c", STOPPED, "/bin/true")
    child_text, stat_text, status_text, cgroup_text, loginuid = (part.strip() for part in printed.split("---\n"))
    child = int(child_text)
    stat = stat_text.rpartition(")")[2].split()
    status = {key: value.split() for key, _, value in (line.partition(":") for line in status_text.splitlines())}
    (execve,) = (event for event in of(events, "execve", child) if event.params["res"] == 0)
    params = execve.params
    file = Path("/bin/true").stat()

    assert (params["exe"], params["args"], params["env"]) == ("name", b"argument\0", b"VARIABLE=value\0")
    assert (params["comm"], params["filename"]) == (status["Name"][0], "/bin/true")
    assert params["trusted_exepath"] == os.path.realpath("/bin/true")
    assert (params["pid"], params["ptid"]) == (child, int(status["PPid"][0]))
    assert params["vpgid"] == params["pgid"] == child
    assert params["tty"] == int(stat[4])
    assert (params["uid"], params["gid"]) == (int(status["Uid"][1]), int(status["Gid"][1]))
    assert params["loginuid"] == int(loginuid or 2**32 - 1)
    assert params["fdlimit"] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    for name, key in (("cap_inheritable", "CapInh"), ("cap_permitted", "CapPrm"), ("cap_effective", "CapEff")):
        assert params[name] == int(status[key][0], 16), name
    assert params["exe_ino"] == file.st_ino
    assert (params["exe_ino_ctime"], params["exe_ino_mtime"]) == (file.st_ctime_ns, file.st_mtime_ns)
    assert (params["pgft_min"], params["pgft_maj"]) == (int(stat[7]), int(stat[9]))
    assert params["vm_size"] == int(status["VmSize"][0])
    assert params["vm_swap"] == int(status["VmSwap"][0])
    # The kernel counts pages by CPU and adds them up only now and then.
    batch_kb = max(32, 2 * os.cpu_count()) * os.cpu_count() * 3 * 4  # type: ignore[operator]
    assert abs(params["vm_rss"] - int(status["VmRSS"][0])) <= batch_kb

    groups = dict(entry.split("=", 1) for entry in params["cgroups"].decode().rstrip("\0").split("\0"))
    for line in cgroup_text.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in groups:
                assert groups[controller].endswith(path.removeprefix("/..")), controller
    assert set(groups) >= {"cpu", "memory"}


def test_programs_that_cannot_run_tell_what_was_to_run(tmp_path: Path) -> None:
    program = """
import os
for path in ('/nonexistent', '/etc/passwd', '.'):
    try: os.execve(path, [b'first', b'second'], {'A': 'b'})
    except OSError: pass
"""
    _, events = recorded(tmp_path, sys.executable, "-c", program)
    failed = [event.params for event in events if event.name == "execve" and event.params["exe"] == "first"]
    assert [params["res"] for params in failed] == [-errno.ENOENT, -errno.EACCES, -errno.EACCES]
    assert [params["filename"] for params in failed] == ["/nonexistent", "/etc/passwd", "."]
    assert {(params["args"], params["env"]) for params in failed} == {(b"second\0", b"A=b\0")}


def test_a_program_without_a_file_is_known_as_such(tmp_path: Path) -> None:
    program = """
import os, shutil
fd = os.memfd_create('hidden', os.MFD_CLOEXEC)
os.write(fd, open('/bin/true', 'rb').read())
os.execve(fd, ['shown'], {})
"""
    _, events = recorded(tmp_path, sys.executable, "-c", program)
    (event,) = (event for event in events if event.name == "execve" and event.params["exe"] == "shown")
    assert event.params["flags"] & EXECVE_FLAGS["EXE_FROM_MEMFD"]
    assert event.params["trusted_exepath"].startswith("/memfd:hidden")


def test_whether_a_program_may_be_overwritten_by_who_runs_it(tmp_path: Path) -> None:
    program = """
import os, shutil, sys
shutil.copy('/bin/true', 'open'); os.chmod('open', 0o777)
shutil.copy('/bin/true', 'closed'); os.chmod('closed', 0o755)
os.chmod('.', 0o755)
for name in ('open', 'closed'):
    for user in (0, 65534):
        if os.fork() == 0:
            if user: os.setgroups([]); os.setgid(user); os.setuid(user)
            os.execve(name, [f'{name}-{user}'], {})
        os.wait()
"""
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)
    _, events = recorded(tmp_path, sys.executable, "-c", program)
    writable = {
        event.params["exe"]: bool(event.params["flags"] & EXECVE_FLAGS["EXE_WRITABLE"])
        for event in events
        if event.name == "execve" and event.params["exe"].startswith(("open-", "closed-"))
    }
    assert writable == {"open-0": True, "open-65534": True, "closed-0": True, "closed-65534": False}


def test_the_layer_of_an_overlay_that_a_file_is_on(tmp_path: Path) -> None:
    program = """
import os, shutil, subprocess
for name in ('lower', 'upper', 'work', 'merged'): os.mkdir(name)
shutil.copy('/bin/true', 'lower/below')
subprocess.run(['mount', '-t', 'tmpfs', 'none', 'upper'], check=True)
os.mkdir('upper/u'); os.mkdir('upper/w')
options = 'lowerdir=lower,upperdir=upper/u,workdir=upper/w'
subprocess.run(['mount', '-t', 'overlay', 'none', '-o', options, 'merged'], check=True)
shutil.copy('/bin/true', 'merged/above')
for name in ('below', 'above'):
    os.close(os.open('merged/' + name, os.O_RDONLY))
    subprocess.run(['merged/' + name], check=True)
"""
    _, events = recorded(tmp_path, "unshare", "-m", sys.executable, "-c", program)
    file_flags = FLAG_TABLES["file_flags"]
    opened = {e.params["name"]: e.params["flags"] for e in events if e.name == "openat" and e.params["flags"] & 1}
    ran = {e.params["exe"]: e.params["flags"] for e in events if e.name == "execve" and e.params["res"] == 0}
    assert opened["merged/below"] & file_flags["FD_LOWER_LAYER"]
    assert opened["merged/above"] & file_flags["FD_UPPER_LAYER"]
    assert ran["merged/below"] & EXECVE_FLAGS["EXE_LOWER_LAYER"]
    assert ran["merged/above"] & EXECVE_FLAGS["EXE_UPPER_LAYER"]


NAMESPACES = """
import ctypes, os
libc = ctypes.CDLL(None)
CLONE_NEWUTS, CLONE_NEWPID = 0x04000000, 0x20000000
own = os.open('/proc/self/ns/uts', os.O_RDONLY)
libc.unshare(CLONE_NEWUTS)
libc.setns(own, CLONE_NEWUTS)
libc.unshare(CLONE_NEWPID)
first = os.fork()
if first == 0:
    second = os.fork()
    if second == 0: os._exit(0)
    os.waitpid(second, 0)
    os._exit(0)
print(first, open(f'/proc/{first}/stat').read().rpartition(')')[2].split()[19], os.sysconf('SC_CLK_TCK'))
os.waitpid(first, 0)
"""


def test_processes_of_a_namespace_have_their_numbers_in_it_and_its_age(tmp_path: Path) -> None:
    printed, events = recorded(tmp_path, sys.executable, "-c", NAMESPACES)
    first, start_ticks, ticks_per_s = map(int, printed.split())
    children = [event for event in events if event.name in ("clone", "fork") and event.params["res"] == 0]
    assert [event.params["vtid"] for event in children] == [1, 2]
    assert children[0].tid == first
    # Both tell when the first process of the namespace began, since the boot.
    assert len({event.params["pidns_init_start_ts"] for event in children}) == 1
    start_s = children[0].params["pidns_init_start_ts"] / 1e9
    assert abs(start_s - start_ticks / ticks_per_s) < 1.0
    calls = [(event.name, event.params) for event in events if event.name in ("unshare", "setns")]
    assert [name for name, _ in calls] == ["unshare", "setns", "unshare"]
    assert calls[0][1]["flags"] == CLONE_FLAGS["CLONE_NEWUTS"]
    assert calls[1][1]["nstype"] == CLONE_FLAGS["CLONE_NEWUTS"]
    assert calls[2][1]["flags"] == CLONE_FLAGS["CLONE_NEWPID"]
