"""What Python says to /dev/tracer, held against the header that the module is compiled with."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

from tracer.core.driver import DriverError, Plan
from tracer.drivers.kmod import build, device
from tracer.drivers.probe.layout import CpuCounters, ProbeConfig

REQUESTS = {
    "TRACER_IDENTITY": device.GET_IDENTITY,
    "TRACER_CREATE_RINGS": device.CREATE_RINGS,
    "TRACER_RING": device.GET_RING,
    "TRACER_CONFIGURE": device.CONFIGURE,
    "TRACER_ATTACH": device.ATTACH,
    "TRACER_FOLLOW": device.FOLLOW,
    "TRACER_DROPS": device.GET_DROPS,
}
TRACEPOINTS = {
    "TRACEPOINT_FORK": "sched_process_fork",
    "TRACEPOINT_EXEC": "sched_process_exec",
    "TRACEPOINT_PROCESS_EXIT": "sched_process_exit",
    "TRACEPOINT_SCHED_SWITCH": "sched_switch",
    "TRACEPOINT_SIGNAL_DELIVER": "signal_deliver",
    "TRACEPOINT_PAGE_FAULT_USER": "page_fault_user",
    "TRACEPOINT_PAGE_FAULT_KERNEL": "page_fault_kernel",
    "TRACEPOINT_SYS_EXIT": "sys_exit",
    "TRACEPOINT_SYS_ENTER": "sys_enter",
}


@pytest.fixture(scope="module")
def in_c(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """The numbers of device.h and config.h, as a C compiler has them."""
    compiler = shutil.which("cc") or pytest.skip("needs a C compiler")
    folder = tmp_path_factory.mktemp("numbers")
    names = [*REQUESTS, *TRACEPOINTS, "TRACEPOINTS", "sizeof(struct probe_config)", "sizeof(struct cpu_counters)"]
    rows = "".join(f'printf("%s\\t%lu\\n", "{name}", (unsigned long)({name}));' for name in names)
    (folder / "numbers.c").write_text(
        f'#include <stdio.h>\n#include "device.h"\nint main(void) {{ {rows} return 0; }}\n'
    )
    program = folder / "numbers"
    includes = ["-I", str(build.SOURCES), "-I", str(build.PROBE_SOURCES)]
    subprocess.run([compiler, *includes, "-o", str(program), str(folder / "numbers.c")], check=True)
    out = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return {name: int(number) for name, _, number in (line.partition("\t") for line in out.splitlines())}


def test_requests_are_those_of_the_header(in_c: dict[str, int]) -> None:
    assert {name: in_c[name] for name in REQUESTS} == REQUESTS


def test_tracepoints_have_the_bits_of_the_header(in_c: dict[str, int]) -> None:
    assert {name: device.TRACEPOINT_BITS.index(text) for name, text in TRACEPOINTS.items()} == {
        name: in_c[name] for name in TRACEPOINTS
    }
    assert len(device.TRACEPOINT_BITS) == in_c["TRACEPOINTS"]


def test_structures_have_the_size_of_the_header(in_c: dict[str, int]) -> None:
    assert ctypes.sizeof(ProbeConfig) == in_c["sizeof(struct probe_config)"]
    assert ctypes.sizeof(CpuCounters) == in_c["sizeof(struct cpu_counters)"]


def test_a_plan_attaches_what_it_needs() -> None:
    assert device.wanted_tracepoints(Plan(tracepoints=frozenset())) == {"task_rename", "sys_exit"}
    assert device.wanted_tracepoints(Plan(tracepoints=frozenset({"sched_switch"}), enter_events=True)) == {
        "task_rename",
        "sys_exit",
        "sys_enter",
        "sched_switch",
    }


def test_followed_processes_need_their_forks_and_ends() -> None:
    assert device.wanted_tracepoints(Plan(tracepoints=frozenset(), pids=frozenset({1}))) == {
        "task_rename",
        "sys_exit",
        "sched_process_fork",
        "sched_process_exec",
        "sched_process_exit",
    }


@pytest.mark.parametrize("said", ["tracer-probe 1 0123456789abcdef", "", "something else"])
def test_a_module_of_another_version_is_refused(said: str) -> None:
    with pytest.raises(DriverError, match=r"another version of tracer .*tracer drivers unload kmod"):
        device.check_identity(said.encode().ljust(64, b"\0"))


def test_the_module_of_this_version_is_accepted() -> None:
    device.check_identity(device.IDENTITY.encode().ljust(64, b"\0"))


def test_a_missing_device_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        device.Device(Plan(), tmp_path / "nosuch")
