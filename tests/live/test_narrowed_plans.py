"""A plan that asks for fewer system calls prints the same lines as one that asks for all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live import workload_program
from tests.live.two_plans import FIELDS, outcomes
from tracer.core.cli.held_command import HeldCommand
from tracer.core.filter import compile_filter, parse
from tracer.core.plan import plan_for

pytestmark = pytest.mark.live

NARROWING = [
    "fd.name contains / and not evt.type in (read, write, mmap)",
    "fd.type in (ipv4, ipv6, unix)",
    "evt.type startswith get and evt.dir=<",
    "evt.arg.flags contains O_CREAT or evt.type=getppid",
    "evt.type in (execve, clone, fork, unlinkat, sched_yield)",
    "not evt.type in (read, write, close, mmap)",
    "evt.type=write and evt.dir=>",
    "fd.connected=true or evt.type=sendto and evt.latency>0",
]


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workload_program.build(tmp_path_factory.mktemp("workload"))


@pytest.mark.parametrize("text", NARROWING)
def test_a_narrowed_plan_changes_no_line(workload: Path, tmp_path: Path, text: str) -> None:
    plan = plan_for(parse(text), FIELDS, compiled=compile_filter(text), kernel_filter=False, buffer_bytes=32 << 20)
    assert plan.syscalls is not None
    command = HeldCommand([str(workload), str(tmp_path)])
    ((narrowed, whole),) = outcomes(command, [(text, plan, plan._replace(syscalls=None))], tmp_path)
    assert narrowed.lines == whole.lines
    assert narrowed.events_read < whole.events_read
    assert whole.lines
