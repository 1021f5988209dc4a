"""What of a filter a kernel is asked to evaluate, and that it loses nothing that passes."""

from __future__ import annotations

import pytest

from tracer.core.driver import Plan
from tracer.core.filter import compile_filter, parse
from tracer.core.needs import merged
from tracer.core.plan import plan_for
from tracer.core.predicate import All, Any, Formula, Predicate
from tracer.core.predicate.formula import Test as KernelTest
from tracer.core.predicate.formula import in_words
from tracer.core.schema.tables import SYSCALL_IDS
from tracer.drivers.probe.configuration import config_for
from tracer.drivers.probe.layout import VERDICT_RECORD, VERDICT_SKIP, VERDICT_TESTS

LINE = {"evt.num", "evt.dir", "evt.type", "proc.name"}


def plan(text: str, *output: str, recording: bool = False) -> Plan:
    return plan_for(parse(text), {*LINE, *output}, compiled=compile_filter(text), recording=recording)


def predicate(text: str, *output: str) -> Predicate:
    found = plan(text, *output).predicate
    assert found is not None
    return found


def holds(formula: Formula, **known: int | bytes) -> bool:
    """What comes of a formula where this is known; everything else is not, and counts as true."""
    if isinstance(formula, All):
        return all(holds(item, **known) for item in formula.items)
    if isinstance(formula, Any):
        return any(holds(item, **known) for item in formula.items)
    if isinstance(formula, bool):
        return formula
    assert isinstance(formula, KernelTest)
    operand = formula.operand.replace(" ", "_") + (str(formula.argument) if "argument" in formula.operand else "")
    if operand not in known:
        return True
    value = known[operand]
    if isinstance(formula.value, bytes):
        assert isinstance(value, bytes)
        return value[formula.offset :].startswith(formula.value) != formula.negated
    assert isinstance(value, int)
    return (formula.value[0] <= value <= formula.value[1]) != formula.negated


@pytest.mark.parametrize(
    ("text", "call", "passing", "failing"),
    [
        ("proc.name=cat", "getppid", {"name": b"cat\0"}, {"name": b"cats\0"}),
        ("proc.name!=cat", "getppid", {"name": b"cats\0"}, {"name": b"cat\0"}),
        ("not proc.name in (cat, ls)", "getppid", {"name": b"sh\0"}, {"name": b"ls\0"}),
        ("proc.name startswith ca", "getppid", {"name": b"cat\0"}, {"name": b"c\0"}),
        ("thread.tid=7 or proc.pid=8", "getppid", {"tid": 1, "pid": 8}, {"tid": 8, "pid": 7}),
        ("proc.pid >= 8 and proc.pid < 10", "getppid", {"pid": 9}, {"pid": 10}),
        ("user.uid=0 and not group.gid=0", "getppid", {"uid": 0, "gid": 1}, {"uid": 0, "gid": 0}),
        ("evt.failed=true", "read", {"result": -4}, {"result": 0}),
        ("not evt.failed=true", "read", {"result": 0}, {"result": -1}),
        ("evt.res=ENOENT", "mkdir", {"result": -2}, {"result": -13}),
        ("evt.res!=SUCCESS", "mkdir", {"result": -2}, {"result": 2}),
        ("evt.rawres > 10", "read", {"result": 11}, {"result": 10}),
        ("evt.buflen <= 10", "read", {"result": 10}, {"result": -1}),
        ("fd.num in (3, 5)", "read", {"argument0": 5}, {"argument0": 4}),
        ("not fd.num=3", "read", {"argument0": 4}, {"argument0": 3}),
        ("evt.rawarg.size >= 4096", "pread64", {"argument2": 4096}, {"argument2": 4095}),
        ("fd.sport=80", "read", {"local_port": 80, "remote_port": 1}, {"local_port": 8, "remote_port": 9}),
        ("fd.port!=80", "read", {"local_port": 1, "remote_port": 2}, {"local_port": 1, "remote_port": 80}),
        ("fd.net=10.1.0.0/16", "read", {"local_address": 0x0A010203}, {"local_address": 1, "remote_address": 2}),
        ("evt.rawarg.path startswith /etc", "rmdir", {"argument_text0": b"/etc/x"}, {"argument_text0": b"/et\0"}),
    ],
)
def test_what_a_kernel_can_tell_decides(
    text: str, call: str, passing: dict[str, int | bytes], failing: dict[str, int | bytes]
) -> None:
    formula = predicate(text).exits[call]
    assert holds(formula, **passing)
    assert not holds(formula, **failing)


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("fd.name contains /etc", "read"),
        ("not fd.name contains /etc and evt.type=read", "read"),
        ("proc.name=cat or fd.name contains /etc", "read"),
        ("not (proc.name=cat and fd.name contains /etc)", "read"),
        ("not fd.port=80", "read"),  # there may be no port
        ("not evt.res=ENOENT", "read"),
        ("proc.name='<NA>'", "getppid"),  # threads that the table lacks are called so
        ("proc.name contains a", "getppid"),
        ("user.name=root", "getppid"),
    ],
)
def test_what_a_kernel_cannot_tell_is_left_to_the_engine(text: str, call: str) -> None:
    found = plan(text).predicate
    assert found is None or call not in found.exits


@pytest.mark.parametrize("call", ["close", "clone", "connect", "setuid", "prctl", "dup2", "exit_group"])
def test_calls_that_change_state_are_never_left_out(call: str) -> None:
    assert call not in predicate("proc.name=nosuch").exits


def test_calls_that_change_state_only_if_they_succeed_are_left_out_where_they_fail() -> None:
    formula = predicate("proc.name=nosuch").exits["openat"]
    assert holds(formula, result=3, name=b"cat\0")
    assert not holds(formula, result=-2, name=b"cat\0")
    recorded = plan("proc.name=nosuch", recording=True).predicate
    assert recorded is not None
    assert "openat" not in recorded.exits


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("evt.deltatime > 5 and proc.name=cat", ()),
        ("evt.num < 100 and proc.name=cat", ()),
        ("proc.name=cat", ("evt.reltime",)),
        ("proc.name=cat and span.id exists", ()),
        ("proc.name=cat", ("evtin.span.tags",)),
    ],
)
def test_where_other_events_count_none_is_left_out(text: str, output: tuple[str, ...]) -> None:
    assert plan(text, *output).predicate is None


def test_the_start_of_a_call_passes_wherever_its_end_may() -> None:
    found = predicate("evt.latency > 5 and proc.name=cat and evt.failed=true and not evt.type=switch")
    assert not holds(found.enters["read"], name=b"dog\0")
    assert holds(found.enters["read"], name=b"cat\0", result=0)
    assert not holds(found.exits["read"], name=b"cat\0", result=0)


def test_plans_that_share_a_source_get_what_either_needs() -> None:
    first, second = plan("evt.type=getppid and proc.name=cat"), plan("evt.type in (getppid, getuid) and user.uid=5")
    both = merged([first, second])
    assert both.predicate is not None
    assert holds(both.predicate.exits["getppid"], name=b"cat\0", uid=6)
    assert not holds(both.predicate.exits["getppid"], name=b"dog\0", uid=6)
    assert not holds(both.predicate.exits["getuid"], name=b"cat\0", uid=6)
    assert merged([first, Plan()]).predicate is None


def test_the_tests_of_a_call_lead_to_its_outcome() -> None:
    config = config_for(plan("evt.type=getppid and proc.name=cat or evt.type=getuid and user.uid in (5, 7)"), 0)
    first = config.exits[SYSCALL_IDS["getppid"]]
    assert first >= VERDICT_TESTS
    test = config.tests[first - VERDICT_TESTS]
    assert (bytes(test.value)[:4], list(test.unused_bytes)) == (b"cat\0", [4, 8])
    assert list(test.next) == [0xFFFE, 0xFFFF]
    assert config.exits[SYSCALL_IDS["getpid"]] == VERDICT_SKIP
    assert config.exits[SYSCALL_IDS["close"]] == VERDICT_RECORD


def test_a_filter_too_long_for_the_kernel_is_left_to_the_engine() -> None:
    names = ", ".join(f"name{number}" for number in range(1000))
    config = config_for(plan(f"proc.name in ({names})"), 0)
    assert config.exits[SYSCALL_IDS["getppid"]] == VERDICT_RECORD


def test_parents_are_not_told_where_only_some_processes_are_recorded() -> None:
    asked = plan("proc.ppid=5")
    number = SYSCALL_IDS["getppid"]
    assert config_for(asked, 0).exits[number] >= VERDICT_TESTS
    assert config_for(asked._replace(pids=frozenset({1})), 0).exits[number] == VERDICT_RECORD


def test_a_formula_is_told_in_words() -> None:
    formula = predicate("evt.type=read and (proc.name=cat or fd.num=3) and not evt.failed=true").exits["read"]
    assert in_words(formula) == "(proc.name = cat or fd.num = 3) and not the call fails"
