"""A plan that asks for fewer system calls prints the same lines as one that asks for all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live import workload_program
from tracer.core._engine import Format
from tracer.core.cli.held_command import HeldCommand
from tracer.core.driver_choice import DriverRequest
from tracer.core.filter import compile_filter, parse
from tracer.core.opening import OpenSession, open_session
from tracer.core.plan import plan_for
from tracer.core.runner import StopSignals, run_session

pytestmark = pytest.mark.live

# No times: each of two probes has its own. No ids of memory either.
FIELDS = [
    "proc.name", "proc.exepath", "proc.cmdline", "proc.cwd", "proc.pname", "proc.ppid", "thread.tid", "proc.pid",
    "evt.dir", "evt.type", "evt.res", "evt.rawres", "fd.num", "fd.type", "fd.name", "fd.nameraw", "fd.sockfamily",
    "fd.l4proto", "fd.lport", "fd.rport", "user.uid", "group.gid", "proc.sid", "proc.vpid", "thread.cap_effective",
    "proc.fdopencount", "proc.fdlimit",
]  # fmt: skip

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


def printed(opened: OpenSession, command: HeldCommand, path: Path) -> list[str]:
    """The lines of a session over what the command did."""
    with path.open("wb") as out, StopSignals() as stop:
        format = Format.line("*" + " ".join(f"{field}=%{field}" for field in FIELDS))
        run_session(opened.session, stop=stop, format=format, output_fd=out.fileno(), finished=command.all_ended)
    assert opened.statistics().dropped == 0
    return path.read_text(errors="surrogateescape").splitlines()


@pytest.mark.parametrize("text", NARROWING)
def test_a_narrowed_plan_changes_no_line(workload: Path, tmp_path: Path, text: str) -> None:
    compiled = compile_filter(text)
    command = HeldCommand([str(workload), str(tmp_path)])
    try:
        plan = plan_for(parse(text), FIELDS, compiled=compiled, pids=frozenset({command.pid}), buffer_bytes=32 << 20)
        assert plan.syscalls is not None
        with (
            open_session(DriverRequest(option="ebpf"), plan, compiled) as narrowed,
            open_session(DriverRequest(option="ebpf"), plan._replace(syscalls=None), compiled) as whole,
        ):
            narrowed.session.start()
            whole.session.start()
            command.release()
            # What is looked up in /proc while events are read must not differ either.
            command.all_ended(wait=True)
            lines = printed(narrowed, command, tmp_path / "narrowed")
            expected = printed(whole, command, tmp_path / "whole")
            assert lines == expected
            assert narrowed.session.events_read < whole.session.events_read
        assert expected
    finally:
        command.kill()
