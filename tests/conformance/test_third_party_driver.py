"""A driver of another package, in pure Python, installed by pip: it is driven like any of tracer's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "strace_driver"

# What `strace -f -ttt` writes, shortened.
LOG = """\
100 1700000000.000100 execve("/bin/sh", ["sh", "-c", "cat /etc/hostname"], 0x7ffe /* 39 vars */) = 0
100 1700000000.000200 brk(NULL)         = 0x55bd932f5dc0
100 1700000000.000300 openat(AT_FDCWD, "/etc/nothing, really", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file)
100 1700000000.000400 vfork( <unfinished ...>
101 1700000000.000500 execve("/bin/cat", ["cat", "/etc/hostname"], 0x55bd /* 39 vars */ <unfinished ...>
100 1700000000.000600 <... vfork resumed>) = 101
100 1700000000.000700 wait4(-1,  <unfinished ...>
101 1700000000.000800 <... execve resumed>) = 0
101 1700000000.000900 openat(AT_FDCWD, "/etc/hostname", O_RDONLY) = 3
101 1700000000.001000 read(3, "box\\n\\0\\"", 131072) = 6
101 1700000000.001100 close(3) = 0
101 1700000000.001200 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 4
101 1700000000.001300 connect(4, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}, 16) = 0
101 1700000000.001400 write(4, "GET /", 5) = 5
101 1700000000.001500 exit_group(0)     = ?
101 1700000000.001600 +++ exited with 0 +++
100 1700000000.001700 <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 101
100 1700000000.001800 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=101, si_uid=0, si_status=0} ---
100 1700000000.001900 +++ exited with 0 +++
"""

EVENTS = [
    "100 sh execve",
    "100 sh brk",
    "100 sh openat",
    "101 sh clone",
    "100 sh vfork",
    "101 cat execve",
    "101 cat openat",
    "101 cat read",
    "101 cat close",
    "101 cat socket",
    "101 cat connect",
    "101 cat write",
    "101 cat procexit",
    "100 sh wait4",
    "100 sh signaldeliver",
    "100 sh procexit",
]
"""What the log tells, in order: the child's first line says that it began."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that pip has installed the example into."""
    folder = tmp_path_factory.mktemp("third-party")
    shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("build", "*.egg-info"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", folder / "site", folder / "source"], check=True)
    return folder / "site"


@pytest.fixture
def tracer(installed: Path, tmp_path: Path):
    """Runs the `tracer` command next to the log, with the installed driver in reach."""
    (tmp_path / "log.txt").write_text(LOG)

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, [str(installed), os.environ.get("PYTHONPATH")]))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACER_")}
        environment |= {"PYTHONPATH": path, "TZ": "UTC"} | variables
        command = [sys.executable, "-m", "tracer.core.cli", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)

    return run


WHO_AND_WHAT = ("-p", "%thread.tid %proc.name %evt.type")


def test_its_events_are_printed_like_any_other(tracer):
    done = tracer("--driver", "strace:log.txt", *WHO_AND_WHAT)
    assert done.stdout.splitlines() == EVENTS
    assert done.stderr == "tracer: driver strace:log.txt, chosen by --driver\n"
    assert done.returncode == 0


def test_the_default_line_has_what_the_log_has(tracer):
    lines = tracer("--driver", "strace:log.txt").stdout.splitlines()
    assert lines[2] == (
        "3 22:13:20.000300000 0 sh (100) < openat fd=-2(ENOENT) dirfd=-100(AT_FDCWD) "
        "name=/etc/nothing, really flags=4097(O_RDONLY|O_CLOEXEC) mode=0 dev=0 ino=0 "
    )
    assert "data=box.." in lines[7]


def test_the_environment_chooses_it_as_well(tracer):
    done = tracer(*WHO_AND_WHAT, TRACER_DRIVER="strace:log.txt")
    assert done.stdout.splitlines() == EVENTS


def test_filters_and_descriptors_work_on_its_events(tracer):
    done = tracer("--driver", "strace:log.txt", "-p", "%evt.type %fd.name", "proc.name=cat and fd.sip=10.0.0.1")
    assert done.stdout.splitlines() == ["connect 0.0.0.0:0->10.0.0.1:80", "write 0.0.0.0:0->10.0.0.1:80"]


def test_its_events_can_be_recorded_and_replayed(tracer):
    assert tracer("--driver", "strace:log.txt", "-w", "made.scap").returncode == 0
    assert tracer("-r", "made.scap", *WHO_AND_WHAT).stdout.splitlines() == EVENTS


@pytest.mark.sysdig
def test_sysdig_reads_a_capture_of_its_events(tracer, tmp_path):
    assert tracer("--driver", "strace:log.txt", "-w", "made.scap").returncode == 0
    command = ["sysdig", "-r", str(tmp_path / "made.scap"), "-p", "%thread.tid %proc.name %evt.type"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert [line.rstrip() for line in done.stdout.splitlines()] == EVENTS


def test_it_is_listed_among_the_drivers_with_its_origin(tracer):
    answer = json.loads(tracer("drivers", "--json", "--driver", "strace:log.txt").stdout)
    (strace,) = [driver for driver in answer["drivers"] if driver["name"] == "strace"]
    assert strace["distribution"] == "tracer-strace 0.1.0"
    assert (strace["usable"], strace["chosen"], strace["rule"]) == (True, True, "by --driver")


def test_a_log_that_is_not_there_is_one_line_and_status_1(tracer):
    done = tracer("--driver", "strace:nothing.txt")
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr.count("\n") == 1
    assert "there is no file nothing.txt" in done.stderr


def test_a_line_that_strace_did_not_write_ends_the_run_after_the_events_before_it(tracer, tmp_path):
    (tmp_path / "bad.txt").write_text(LOG.splitlines()[0] + "\n100 1700000000.5 what is this\n")
    done = tracer("--driver", "strace:bad.txt", *WHO_AND_WHAT)
    assert done.stdout.splitlines() == EVENTS[:1]
    assert done.returncode == 1
    assert "bad.txt, line 2: not a line of strace: 'what is this'" in done.stderr
    assert "Traceback" not in done.stderr
