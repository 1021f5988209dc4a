"""What sessions print of one workload under two plans at the same time."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tracer.core._engine import Format
from tracer.core.cli.held_command import HeldCommand
from tracer.core.driver import Plan
from tracer.core.driver_choice import DriverRequest
from tracer.core.filter import compile_filter
from tracer.core.opening import OpenSession, open_session
from tracer.core.runner import StopSignals, run_session

# No times: each of two probes has its own. No ids of memory either.
FIELDS = [
    "proc.name", "proc.exepath", "proc.cmdline", "proc.cwd", "proc.pname", "proc.ppid", "thread.tid", "proc.pid",
    "evt.dir", "evt.type", "evt.res", "evt.rawres", "fd.num", "fd.type", "fd.name", "fd.nameraw", "fd.sockfamily",
    "fd.l4proto", "fd.lport", "fd.rport", "user.uid", "group.gid", "proc.sid", "proc.vpid", "thread.cap_effective",
    "proc.fdopencount", "proc.fdlimit",
]  # fmt: skip


class Outcome(NamedTuple):
    """Of one session."""

    lines: list[str]
    """Thread by thread: what happens at once on two CPUs comes in the order of each session's own times."""
    events_read: int


def printed(opened: OpenSession, command: HeldCommand, path: Path) -> list[str]:
    """The lines of a session over what the command did."""
    with path.open("wb") as out, StopSignals() as stop:
        format = Format.line("*" + " ".join(f"{field}=%{field}" for field in FIELDS))
        run_session(opened.session, stop=stop, format=format, output_fd=out.fileno(), finished=command.all_ended)
    assert opened.statistics().dropped == 0
    return sorted(path.read_text(errors="surrogateescape").splitlines(), key=thread_of)


def thread_of(line: str) -> str:
    return line.partition(" thread.tid=")[2].partition(" ")[0]


def outcomes(
    command: HeldCommand, plans: list[tuple[str, Plan, Plan]], folder: Path, driver: str = "ebpf"
) -> list[tuple[Outcome, Outcome]]:
    """Of each filter, what comes of the command under the one plan and under the other."""
    pids = frozenset({command.pid})
    try:
        with ExitStack() as stack:
            sessions = [
                stack.enter_context(
                    open_session(DriverRequest(option=driver), plan._replace(pids=pids), compile_filter(text))
                )
                for text, *both in plans
                for plan in both
            ]
            for opened in sessions:
                opened.session.start()
            command.release()
            # What is looked up in /proc while events are read must not differ either.
            command.all_ended(wait=True)
            results = [
                Outcome(printed(opened, command, folder / "lines"), opened.session.events_read) for opened in sessions
            ]
    finally:
        command.kill()
    return list(zip(results[::2], results[1::2], strict=True))
