"""User probes record calls and returns of functions, where they are asked for and nowhere else."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tracer
from tests.conftest import RunTracer
from tracer.core.driver import DriverError

pytestmark = pytest.mark.live

SOURCE = Path(__file__).with_name("called.c")
CALLS = [f"arg0={i:#x} arg1=0x2 arg2=0x3 arg3=0xffffffffffffffff arg4=0x7fffffffffffffff arg5=0x0" for i in range(5)]
RETURNS = [f"ret={(i + 4 + (1 << 63) - 1) % (1 << 64):#x}" for i in range(5)]
RUN = ("run", "-o", "/dev/stdout", "--driver", "ebpf")


@pytest.fixture(params=["-pie", "-no-pie"])
def program(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The program that calls `sum_of`."""
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc")
    path = tmp_path / "called"
    code = {"-pie": "-fPIE", "-no-pie": "-fno-pie"}[request.param]
    subprocess.run(["gcc", "-O1", code, request.param, SOURCE, "-o", path], check=True)
    return path


def libc() -> str:
    """The C library that this process uses."""
    mapped = Path("/proc/self/maps").read_text().splitlines()
    return next(line.split()[-1] for line in mapped if "/libc.so" in line or "/libc-" in line)


def test_calls_and_returns_come_in_turn_with_arguments_and_results(program: Path, tracer_command: RunTracer) -> None:
    call, ret = f"uprobe:{program}:sum_of", f"uretprobe:{program}:sum_of"
    ran = tracer_command(
        *(
            "run",
            "-o",
            "/dev/stdout",
            "--driver",
            "ebpf",
            "--probe",
            call,
            "--probe",
            ret,
            "-p",
            "%proc.name|%evt.arg.id|%evt.arg.desc",
        ),
        *("evt.type=notification", "--", program),
    )
    assert ran.status == 0, ran.err
    expected = [row for pair in zip(CALLS, RETURNS, strict=True) for row in pair]
    rows = [line.split("|") for line in ran.lines]
    assert [row[2] for row in rows] == expected
    assert [row[1] for row in rows] == [call, ret] * 5
    assert {row[0] for row in rows} == {"called"}


def test_an_offset_is_reached_as_often_as_its_function(program: Path, tracer_command: RunTracer) -> None:
    probe = f"uprobe:{program}:sum_of+0x0"
    ran = tracer_command(*RUN, "--probe", probe, "evt.type=notification", "--", program)
    assert sum(f"id={probe} " in line for line in ran.lines) == 5, ran.err


def test_a_function_of_a_library_is_seen_in_a_child(tracer_command: RunTracer) -> None:
    child = "import ctypes; libc = ctypes.CDLL(None); [libc.getpgid(number) for number in (7, 8, 9)]"
    ran = tracer_command(
        *(*RUN, "--probe", f"uprobe:{libc()}:getpgid", "-p", "%evt.arg.desc"),
        *("evt.type=notification", "--", sys.executable, "-c", child),
    )
    assert [line.split()[0] for line in ran.lines] == ["arg0=0x7", "arg0=0x8", "arg0=0x9"], ran.err


def test_only_followed_processes_are_recorded_and_not_this_one() -> None:
    functions = ctypes.CDLL(None)
    child = "import ctypes; input(); ctypes.CDLL(None).getpgid(11)"
    followed = subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE)
    other = subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE)
    probes = [f"uprobe:{libc()}:getpgid"]
    wanted = "evt.type in (notification, procexit)"
    with tracer.live(driver="ebpf", pid=followed.pid, probes=probes, filter=wanted) as events:
        functions.getpgid(0)
        other.communicate(b"\n")
        followed.communicate(b"\n")
        seen = []
        for event in events:
            if event.name == "notification":
                seen.append((event.tid, event.params["desc"].split()[0]))
            elif event.tid == followed.pid:
                break
        events.close()
        statistics = events.statistics
    assert seen == [(followed.pid, "arg0=0xb")]
    assert statistics.seen == statistics.emitted + statistics.dropped


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        ("uprobe:/no/such/file:f", "cannot read /no/such/file: No such file or directory"),
        ("uprobe:{program}:sum_off", "{program} has no function sum_off; near it are: sum_of"),
        ("uprobe:{program}:sum_of+0x1000", "{program}: sum_of has "),
        ("uretprobe:{program}:sum_of+4", "leave out +4"),
        ("uprobe:{source}:main", "{source} is no program or library"),
        ("uprobe:relative:f", "is no user probe; write uprobe:/PATH:SYMBOL"),
        ("kprobe:{program}:sum_of", "is no user probe; write uprobe:/PATH:SYMBOL"),
    ],
)
def test_what_cannot_be_probed_is_told(program: Path, probe: str, message: str) -> None:
    names = {"program": program, "source": SOURCE}
    with pytest.raises(DriverError) as refusal:
        tracer.live(driver="ebpf", probes=[probe.format(**names)])
    assert message.format(**names) in str(refusal.value)


def test_bcc_has_no_user_probes(program: Path) -> None:
    with pytest.raises(DriverError, match="bcc"):
        tracer.live(driver="ebpf:bcc", probes=[f"uprobe:{program}:sum_of"])


def test_without_user_probes_their_program_is_not_loaded() -> None:
    with tracer.live(driver="ebpf", pid=os.getpid(), filter="evt.type=close"):
        maps = subprocess.run(["bpftool", "prog", "show", "name", "user_probe"], capture_output=True, text=True)
    assert maps.stdout == ""


def test_calls_that_are_lost_are_counted_and_told_in_the_stream(program: Path) -> None:
    calls = 20000
    shell = f"read go; {program} {calls}; read go; {program}"
    process = subprocess.Popen(["taskset", "-c", "0", "/bin/sh", "-c", shell], stdin=subprocess.PIPE)
    assert process.stdin is not None
    time.sleep(0.2)  # until it is on its CPU
    probes = [f"uprobe:{program}:sum_of"]
    seen: list[tracer.Event] = []
    with tracer.live(driver="ebpf", pid=process.pid, probes=probes, buffer_bytes=65536, show_internal=True) as events:
        process.stdin.write(b"\n")
        process.stdin.flush()
        time.sleep(2)  # nobody reads meanwhile
        while event := events.poll(0.5):
            seen.append(event)
        process.communicate(b"\n")
        while event := events.poll(0.5):
            seen.append(event)
        events.close()
        statistics = events.statistics
    recorded = sum(event.name == "notification" for event in seen)
    told = sum(event.params["ratio"] for event in seen if event.name == "drop")
    assert recorded + statistics.drops_by_syscall["notification"] == calls + 5
    assert statistics.dropped == told > 0
    assert statistics.seen == statistics.emitted + statistics.dropped
