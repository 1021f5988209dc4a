"""What a filter and an output ask of a source."""

import pytest

from tracer.core.filter import compile_filter, parse
from tracer.core.plan import plan_for
from tracer.core.schema.tables import SYSCALL_IDS

LINE = {"evt.num", "evt.dir", "evt.type", "proc.name"}


def test_enter_events_cost_too_much_to_be_delivered_unasked() -> None:
    assert not plan_for(parse("evt.type=open and evt.dir=<"), LINE).enter_events


@pytest.mark.parametrize("text", ["evt.dir=>", "evt.dir = '>' and proc.name=cat", "evt.latency > 1000"])
def test_a_filter_that_needs_enter_events_gets_them(text: str) -> None:
    assert plan_for(parse(text), LINE).enter_events


def test_an_output_that_shows_latency_needs_enter_events() -> None:
    assert plan_for(None, {"evt.type", "evt.latency.ns"}).enter_events


@pytest.mark.parametrize(("text", "wanted"), [("evt.is_toctou=true", True), ("evt.type=open", False)])
def test_calls_whose_arguments_may_change_are_told_from_their_start_where_a_filter_asks(
    text: str, wanted: bool
) -> None:
    plan = plan_for(parse(text), LINE)
    assert plan.toctou == wanted
    assert not plan.enter_events


def test_a_recording_has_enter_events() -> None:
    assert plan_for(None, LINE, recording=True).enter_events


@pytest.mark.parametrize("text", ["evt.type=switch", "evt.type in (open, switch)", "not thread.cpu > 10"])
def test_context_switches_are_delivered_where_the_filter_needs_them(text: str) -> None:
    assert "sched_switch" in plan_for(parse(text), LINE).tracepoints


def test_context_switches_and_page_faults_are_not_delivered_unasked() -> None:
    assert plan_for(None, LINE).tracepoints == {"sched_process_exit", "signal_deliver"}
    assert {"page_fault_user", "page_fault_kernel"} <= plan_for(None, LINE, page_faults=True).tracepoints


def syscalls(text: str, *output: str) -> frozenset[str] | None:
    return plan_for(parse(text), output, compiled=compile_filter(text)).syscalls


@pytest.mark.parametrize(
    ("text", "delivered", "left_out"),
    [
        ("evt.type=getppid", {"getppid"}, {"getpid", "read", "unknown"}),
        ("evt.type in (read, sched_yield) and proc.name=cat", {"read", "sched_yield"}, {"write"}),
        ("evt.type startswith mk or evt.type=umask", {"mkdir", "mkdirat", "mknod", "umask"}, {"rmdir"}),
        ("not evt.type=futex", {"read", "getppid", "unknown"}, {"futex"}),
        ("fd.name contains /etc", {"read", "fstat", "getdents"}, {"getppid", "nanosleep", "kill"}),
        ("not fd.name contains /etc and evt.failed=true", {"getppid", "read"}, set()),
        ("evt.arg.flags contains O_CREAT", {"openat", "open"}, {"read", "getppid"}),
        ("evt.dir=> and evt.type=kill", {"kill"}, {"tkill"}),
    ],
)
def test_calls_that_the_filter_cannot_let_pass_are_left_out(text: str, delivered: set[str], left_out: set[str]) -> None:
    asked = syscalls(text)
    every = frozenset(SYSCALL_IDS)
    assert delivered <= (every if asked is None else asked)
    assert not left_out & (every if asked is None else asked)


def test_calls_that_change_threads_or_descriptors_are_always_delivered() -> None:
    asked = syscalls("evt.type=getppid")
    assert asked is not None
    assert {"clone", "execve", "openat", "close", "dup3", "chdir", "setuid", "connect", "recvmsg", "setpgid"} <= asked
    assert not {"read", "write", "mmap", "brk"} & asked


def test_calls_that_only_certain_fields_show_are_delivered_for_these() -> None:
    assert {"mmap", "brk"} <= (syscalls("evt.type=getppid and proc.vmsize>5") or set())
    assert {"mmap", "brk"} <= (syscalls("evt.type=getppid", "thread.vmrss") or set())
    assert {"read", "write"} <= (syscalls("evt.type=close and fd.connected=true") or set())


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("proc.name=cat", ()),
        ("evt.type=read and evt.num < 100", ()),
        ("evt.type=read and evt.reltime < 100", ()),
        ("evt.type=read and evt.deltatime > 100", ()),
        ("evt.type=read", ("evt.reltime.s",)),
        ("evt.type in (read, switch) and evt.latency > 100", ()),
    ],
)
def test_all_calls_are_delivered_where_others_than_the_passing_count(text: str, output: tuple[str, ...]) -> None:
    assert syscalls(text, *output) is None
