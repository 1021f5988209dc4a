"""Fields that sysdig 0.29.3 lacks, on processes of this machine: against /proc, the file system and what was done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import tracer

pytestmark = pytest.mark.live

LONGEST_S = 20
NOBODY = 65534
MARKER = "evt.type=access and evt.arg.name=/tracer/marker"

FACTS = """
import json, os, sys
def of(pid):
    status = dict(line.split(':', 1) for line in open(f'/proc/{pid}/status').read().splitlines())
    words = open(f'/proc/{pid}/cmdline').read().split('\\0')[:-1]
    stat = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()
    return {'pid': pid, 'ppid': int(status['PPid']), 'comm': status['Name'].strip(), 'words': words,
            'exepath': os.readlink(f'/proc/{pid}/exe'), 'pgid': int(stat[2]), 'sid': int(stat[3]),
            'caps': {key: int(status[key], 16) for key in ('CapInh', 'CapPrm', 'CapEff')}, 'tty': int(stat[4]) }
chain = [of(os.getpid())]
while len(chain) < 3: chain.append(of(chain[-1]['ppid']))
ends = [os.readlink(f'/proc/self/fd/{fd}') for fd in range(3)]
"""
TELL = "\nprint(json.dumps({'chain': chain, 'ends': ends}), flush=True); os.access('/tracer/marker', 0)\n"


def observe(
    filter: str, fields: tuple[str, ...], command: list[str | Path], **options: Any
) -> tuple[str, list[dict[str, Any]]]:
    """Runs a command; what it printed, and these fields at each event that passes."""
    noted: list[dict[str, Any]] = []
    with tracer.live(filter=filter) as events:
        events.poll(0.01)
        ran = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
        end = time.monotonic() + LONGEST_S
        ended = False
        while time.monotonic() < end:
            event = events.poll(0.05)
            if event is not None:
                noted.append({field: event[field] for field in fields})
            elif ended:
                break
            ended = ran.poll() is not None
        printed, _ = ran.communicate(timeout=LONGEST_S)
        assert ran.returncode == 0
    return printed, noted


def at_marker(fields: tuple[str, ...], program: str = "", *words: str, **options: Any) -> tuple[Any, dict[str, Any]]:
    """What a Python program says of itself, and these fields at its marker."""
    command: list[str | Path] = [sys.executable, "-I", "-S", "-c", FACTS + program + TELL, *words]
    printed, [noted] = observe(MARKER, fields, command, **options)
    return json.loads(printed), noted


def test_ancestors_are_those_of_proc() -> None:
    per_ancestor = ("apid", "aname", "aexe", "aexepath", "acmdline", "aargs")
    fields = tuple(f"proc.{name}[{n}]" for name in per_ancestor for n in range(3))
    fields += ("proc.ppid", "proc.pname", "proc.pexe", "proc.pexepath", "proc.pcmdline", "proc.apid[99]")
    facts, noted = at_marker(fields)
    for n, each in enumerate(facts["chain"]):
        line = " ".join([each["comm"], *each["words"][1:]])
        expected = [each["pid"], each["comm"], each["words"][0], each["exepath"], line, " ".join(each["words"][1:])]
        assert [noted[f"proc.{name}[{n}]"] for name in per_ancestor] == expected
    parent = facts["chain"][1]
    assert (noted["proc.ppid"], noted["proc.pname"]) == (parent["pid"], parent["comm"])
    assert (noted["proc.pexe"], noted["proc.pexepath"]) == (parent["words"][0], parent["exepath"])
    assert noted["proc.apid[99]"] is None


def test_session_and_process_group_are_those_of_proc() -> None:
    fields = ("proc.sid", "proc.pgid", "proc.is_sid_leader", "proc.is_pgid_leader", "proc.sid.exe", "proc.pgid.name",
              "proc.pgid.exepath", "proc.tty")  # fmt: skip
    facts, noted = at_marker(fields, start_new_session=True)
    own = facts["chain"][0]
    assert own["sid"] == own["pgid"] == own["pid"]
    assert [noted[field] for field in fields] == [
        own["sid"], own["pgid"], True, True, own["words"][0], own["comm"], own["exepath"], own["tty"],
    ]  # fmt: skip
    facts, noted = at_marker(fields, "os.setpgid(0, 0); chain[0] = of(os.getpid())")
    own = facts["chain"][0]
    assert (noted["proc.sid"], noted["proc.pgid"]) == (own["sid"], own["pgid"])
    assert (noted["proc.is_sid_leader"], noted["proc.is_pgid_leader"]) == (False, True)


def test_words_and_environment_one_by_one() -> None:
    fields = ("proc.args[5]", "proc.args[6]", "proc.cmdnargs", "proc.cmdlenargs", "proc.env[COLOUR]", "proc.env[NONE]",
              "proc.stdin.type", "proc.stdout.type", "proc.stdin.name")  # fmt: skip
    with Path("/etc/hostname").open() as stdin:
        facts, noted = at_marker(fields, "", "one", "two words", env={"COLOUR": "blue"}, stdin=stdin)
    words = facts["chain"][0]["words"][1:]
    assert (noted["proc.args[5]"], noted["proc.args[6]"]) == (words[5], None)
    assert (noted["proc.cmdnargs"], noted["proc.cmdlenargs"]) == (len(words), sum(map(len, words)))
    assert (noted["proc.env[COLOUR]"], noted["proc.env[NONE]"]) == ("blue", None)
    assert (noted["proc.stdin.type"], noted["proc.stdout.type"]) == ("file", "pipe")
    assert noted["proc.stdin.name"] == facts["ends"][0] == "/etc/hostname"


NAMES = {0: "CAP_CHOWN", 5: "CAP_KILL", 7: "CAP_SETUID", 12: "CAP_NET_ADMIN", 21: "CAP_SYS_ADMIN", 39: "CAP_BPF"}
"""linux/capability.h"""
DROPS = {
    "none": "",
    "by a change of user": "os.setresuid(65534, 65534, 65534); chain[0] = of(os.getpid())",
    "of the effective user alone": "os.seteuid(65534); chain[0] = of(os.getpid())",
    "kept over a change of user": "import ctypes; ctypes.CDLL(None).prctl(8, 1, 0, 0, 0); os.setuid(65534);"
    "chain[0] = of(os.getpid())",
    "by capset": "import ctypes\nheader = (ctypes.c_uint * 2)(0x20080522, 0)\n"
    "data = (ctypes.c_uint * 6)(1 << 12, 1 << 12 | 1, 1, 0, 0, 0)\n"
    "assert ctypes.CDLL(None).capset(header, data) == 0\nchain[0] = of(os.getpid())",
}


@pytest.mark.parametrize("program", DROPS.values(), ids=DROPS)
def test_capabilities_are_those_of_proc(program: str) -> None:
    fields = {"thread.cap_inheritable": "CapInh", "thread.cap_permitted": "CapPrm", "thread.cap_effective": "CapEff"}
    facts, noted = at_marker(tuple(fields), program)
    for field, key in fields.items():
        bits = facts["chain"][0]["caps"][key]
        names = (noted[field] or "").split()
        assert len(names) == bits.bit_count()
        assert {name for bit, name in NAMES.items() if bits >> bit & 1} == set(names) & set(NAMES.values())


EXE = ("proc.exepath", "proc.is_exe_writable", "proc.is_exe_from_memfd", "proc.is_exe_upper_layer",
       "proc.is_exe_lower_layer", "proc.exe_ino", "proc.exe_ino.ctime", "proc.exe_ino.mtime",
       "proc.exe_ino.ctime_duration_proc_start", "proc.exe_ino.ctime_duration_pidns_start",
       "proc.pidns_init_start_ts")  # fmt: skip


def test_the_program_s_file_is_that_of_the_file_system(tmp_path: Path) -> None:
    program = Path(shutil.copy("/bin/true", tmp_path / "program"))
    _, [noted] = observe(f"evt.type=execve and proc.exepath={program}", EXE, [program])
    status = program.stat()
    assert noted["proc.exepath"] == str(program)
    assert (noted["proc.is_exe_writable"], noted["proc.is_exe_from_memfd"]) == (True, False)
    assert noted["proc.exe_ino"] == status.st_ino
    assert (noted["proc.exe_ino.ctime"], noted["proc.exe_ino.mtime"]) == (status.st_ctime_ns, status.st_mtime_ns)
    assert 0 < noted["proc.exe_ino.ctime_duration_proc_start"] < time.time_ns() - status.st_ctime_ns
    boot = int(Path("/proc/stat").read_text().split("btime ")[1].split()[0]) * 1_000_000_000
    assert noted["proc.pidns_init_start_ts"] == boot
    assert noted["proc.exe_ino.ctime_duration_pidns_start"] == status.st_ctime_ns - boot


@pytest.mark.parametrize(("mode", "is_writable"), [(0o555, False), (0o757, True), (0o755, False)])
def test_a_program_is_writable_for_who_may_write_its_file(mode: int, is_writable: bool) -> None:
    directory = Path("/dev/shm") / f"tracer-{os.getpid()}"
    directory.mkdir()
    try:
        program = Path(shutil.copy("/bin/true", directory / "program"))
        program.chmod(mode)
        _, [noted] = observe(f"evt.type=execve and proc.exepath={program}", EXE, [program], user=NOBODY, group=NOBODY)
        assert noted["proc.is_exe_writable"] is is_writable
    finally:
        shutil.rmtree(directory)


def test_a_program_from_a_file_in_memory_is_told_apart() -> None:
    program = "import os; fd = os.memfd_create('hidden'); os.write(fd, open('/bin/true', 'rb').read())\n"
    program += "os.execv(f'/proc/self/fd/{fd}', ['hidden'])"
    command: list[str | Path] = [sys.executable, "-I", "-S", "-c", program]
    _, [noted] = observe("evt.type=execve and proc.exe=hidden", EXE, command)
    assert noted["proc.is_exe_from_memfd"] is True
    assert noted["proc.exepath"].startswith("memfd:hidden") or noted["proc.exepath"].startswith("/memfd:hidden")


def test_the_layer_of_an_overlay_that_holds_the_program_is_known(tmp_path: Path) -> None:
    script = """
set -e
mount -t tmpfs none "$1"; cd "$1"; mkdir lower upper work merged
cp /bin/true lower/below; cp /bin/true upper/above
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged
merged/below; merged/above
"""
    command: list[str | Path] = ["unshare", "-m", "sh", "-c", script, "sh", tmp_path]
    filter = "evt.type=execve and proc.name in (below, above)"
    _, [below, above] = observe(filter, ("proc.name", *EXE), command)
    assert (below["proc.is_exe_lower_layer"], below["proc.is_exe_upper_layer"]) == (True, False)
    assert (above["proc.is_exe_lower_layer"], above["proc.is_exe_upper_layer"]) == (False, True)


PATHS = ("fs.path.name", "fs.path.nameraw", "fs.path.source", "fs.path.sourceraw", "fs.path.target",
         "fs.path.targetraw")  # fmt: skip
WORKS_ON_PATHS = {
    "os.mkdir('d')": ("d", None, None),
    "os.mkdir('e', dir_fd=here)": ("e", None, None),
    "os.rename('d', 'd2')": (None, "d", "d2"),
    "os.rename('d2', 'd3', src_dir_fd=here, dst_dir_fd=here)": (None, "d2", "d3"),
    "os.rmdir('./d3')": ("./d3", None, None),
    "os.close(os.open('f', os.O_CREAT | os.O_WRONLY))": ("f", None, None),
    "os.chmod('f', 0o600)": ("f", None, None),
    "os.unlink('e/../f')": ("e/../f", None, None),
    "os.rmdir('e')": ("e", None, None),
}


def test_paths_of_calls_are_those_that_were_given(tmp_path: Path) -> None:
    program = "import os; here = os.open('.', os.O_RDONLY | os.O_DIRECTORY)\n" + "\n".join(WORKS_ON_PATHS)
    command: list[str | Path] = [sys.executable, "-I", "-S", "-c", program]
    types = "mkdir,mkdirat,rename,renameat,renameat2,rmdir,open,openat,chmod,fchmodat,unlink,unlinkat"
    filter = (
        f"evt.type in ({types}) and proc.cwd={tmp_path}/ and evt.dir=< and evt.rawres>=0 and not fs.path.name=. and "
    )
    filter += f"(fs.path.name startswith {tmp_path}/ or fs.path.source startswith {tmp_path}/)"
    _, noted = observe(filter, PATHS, command, cwd=tmp_path)

    def whole(path: str | None) -> str | None:
        return None if path is None else os.path.normpath(tmp_path / path)

    expected = [
        {"fs.path.name": whole(name), "fs.path.nameraw": name, "fs.path.source": whole(source),
         "fs.path.sourceraw": source, "fs.path.target": whole(target), "fs.path.targetraw": target}
        for name, source, target in WORKS_ON_PATHS.values()
    ]  # fmt: skip
    assert noted == expected


def test_a_descriptor_has_its_file_s_numbers_and_the_name_that_was_given(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    program = "import os; fd = os.open('./x/../file', os.O_RDWR); os.write(fd, b'y')"
    (tmp_path / "x").mkdir()
    command: list[str | Path] = [sys.executable, "-I", "-S", "-c", program]
    fields = ("fd.name", "fd.nameraw", "fd.ino", "fd.dev.major", "fd.dev.minor", "evt.arg.data", "evt.arg.fd", "fd.num")
    _, [noted] = observe(f"evt.type=write and fd.name={file}", fields, command, cwd=tmp_path)
    status = file.stat()
    assert (noted["fd.name"], noted["fd.nameraw"]) == (str(file), "./x/../file")
    assert noted["fd.ino"] == status.st_ino
    assert (noted["fd.dev.major"], noted["fd.dev.minor"]) == (os.major(status.st_dev), os.minor(status.st_dev))
    assert noted["evt.arg.data"] in ("y", b"y")
