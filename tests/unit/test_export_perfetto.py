"""`tracer export --to perfetto`, read with the messages of Perfetto's own package."""

from __future__ import annotations

from pathlib import Path

import pytest

import tracer
from tests.conftest import RunTracer
from tests.unit.perfetto_trace import Trace, read_trace
from tracer.drivers.fake.script import START_NS, Script
from tracer.plugins.exports.perfetto import PerfettoSink
from tracer.plugins.exports.slices import Drawing

# Of 07-tiny.scap, as `sysdig -r` prints it.
FIRST_EVENT_NS = 1795359788_210253821
DMESG_OPENS_NS = 1795359788_244072517


def export(run: RunTracer, capture: Path, out: Path, *words: str) -> Trace:
    ran = run("export", "--to", "perfetto", "-o", out, capture, *words)
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    return read_trace(out)


def draw(script: Script, out: Path) -> Trace:
    with tracer.play(script.source()) as events, out.open("wb") as file:
        Drawing(PerfettoSink(file)).draw(events)
    return read_trace(out)


@pytest.fixture
def tiny(tracer_command: RunTracer, captures: Path, tmp_path: Path) -> Trace:
    return export(tracer_command, captures / "07-tiny.scap", tmp_path / "tiny.pftrace")


def test_processes_and_threads_have_their_names(tiny: Trace) -> None:
    assert tiny.processes[794] == "cat"
    assert tiny.command_lines[794] == ["cat", "/etc/hostname"]
    assert tiny.threads[794] == (794, "cat")


def test_a_call_is_a_slice_as_long_as_the_call(tiny: Trace) -> None:
    opened = next(each for each in tiny.slices if each.name == "openat" and each.tid == 791)
    # 15:03:08.244072517 dmesg (791) > openat, 15:03:08.245026738 dmesg (791) < openat
    assert (opened.start, opened.duration) == (DMESG_OPENS_NS, 954221)
    assert opened.category == "file"


def test_parameters_and_descriptor_are_arguments(tiny: Trace) -> None:
    opened = next(each for each in tiny.slices if each.name == "openat" and each.tid == 791)
    assert opened.arguments["name"] == "/etc/ld.so.cache"
    assert opened.arguments["flags"] == "4097(O_RDONLY|O_CLOEXEC)"
    assert opened.arguments["mode"] == 0
    assert opened.arguments["fd"] == "3(<f>/etc/ld.so.cache)"
    assert (opened.arguments["fd.num"], opened.arguments["fd.type"]) == (3, "file")


def test_context_switches_are_those_of_the_kernel(tiny: Trace) -> None:
    cpu, time, switch = tiny.switches[0]
    # 1 15:03:08.210253821 1 <NA> (789) > switch next=776(bash)
    assert (cpu, time, switch.prev_pid, switch.next_pid) == (1, FIRST_EVENT_NS, 789, 776)
    assert len(tiny.switches) == 1104


def test_times_of_all_clocks_are_wall_clock_time(tiny: Trace) -> None:
    realtime, boottime = 1, 6
    assert tiny.clocks == [{realtime: FIRST_EVENT_NS, boottime: FIRST_EVENT_NS}]


def test_slices_of_calls_do_not_overlap(tiny: Trace) -> None:
    assert {each.depth for each in tiny.slices} == {0}


def test_the_file_is_of_the_events_that_the_filter_lets_through(
    tracer_command: RunTracer, captures: Path, tmp_path: Path
) -> None:
    trace = export(tracer_command, captures / "07-tiny.scap", tmp_path / "out", "proc.name=cat and evt.type=openat")
    assert (len(trace.slices), {each.name for each in trace.slices}) == (31, {"openat"})


def test_exit_events_alone_are_slices_too_if_they_know_how_long_the_call_took(
    tracer_command: RunTracer, captures: Path, tmp_path: Path
) -> None:
    words = ("evt.type=openat", "and", "evt.dir=<", "and", "thread.tid=791")
    trace = export(tracer_command, captures / "07-tiny.scap", tmp_path / "out", *words)
    assert (trace.slices[0].start, trace.slices[0].duration) == (DMESG_OPENS_NS, 954221)


def test_fields_that_are_asked_for_are_the_arguments(tracer_command: RunTracer, captures: Path, tmp_path: Path) -> None:
    words = ("-p", "proc.name,evt.num,proc.args", "thread.tid=794", "and", "evt.type=openat")
    trace = export(tracer_command, captures / "07-tiny.scap", tmp_path / "out", *words)
    assert trace.slices[0].arguments.keys() >= {"proc.name", "evt.num"}
    assert "flags" not in trace.slices[0].arguments


def test_a_call_of_unknown_duration_is_an_instant(tmp_path: Path) -> None:
    script = Script()
    script.process("cat", pid=100).openat("/etc/passwd", returns=3)
    trace = draw(script, tmp_path / "out")
    assert [(each.name, each.start) for each in trace.instants] == [("openat", START_NS)]
    assert trace.slices == []


def test_a_call_that_does_not_return_ends_with_its_thread(tiny: Trace) -> None:
    last = [each for each in tiny.slices if each.tid == 794][-1]
    assert last.name == "exit_group"
    assert last.duration is not None
    ends = next(each for each in tiny.instants if each.tid == 794 and each.name == "procexit")
    assert last.start + last.duration == ends.start


def test_an_end_of_another_name_ends_the_call_that_began_when_it_says(tmp_path: Path) -> None:
    # As calls that are restarted, or that replace what they were called with.
    script = Script(step_ns=1000)
    process = script.process("sh", pid=100)
    process.event("GENERIC_E", ID="sigreturn")
    process.event("GENERIC_X", ID="rt_sigreturn")
    process.openat("/a", returns=3)
    trace = draw(script, tmp_path / "out")
    assert [(each.name, each.duration, each.depth) for each in trace.slices] == [("sigreturn", 1000, 0)]


def test_a_call_whose_end_was_lost_ends_where_the_next_one_begins(tmp_path: Path) -> None:
    script = Script(step_ns=1000, enter_events=True)
    process = script.process("sh", pid=100)
    process.event("GENERIC_E", ID="getpid")
    process.openat("/a", returns=3)
    trace = draw(script, tmp_path / "out")
    assert [(each.name, each.duration, each.depth) for each in trace.slices] == [
        ("getpid", 1000, 0),
        ("openat", 1000, 0),
    ]


def test_a_new_program_gives_its_process_another_name(tmp_path: Path) -> None:
    script = Script()
    child = script.process("sh", pid=100).fork(pid=101)
    child.execve("/bin/ls", ["-l"])
    child.openat("/", returns=3)
    trace = draw(script, tmp_path / "out")
    assert (trace.processes[101], trace.command_lines[101]) == ("ls", ["/bin/ls", "-l"])


def test_text_that_is_no_utf_8_does_not_break_the_file(tmp_path: Path) -> None:
    script = Script()
    script.process("cat", pid=100).openat("/tmp/\udcff", returns="ENOENT")
    trace = draw(script, tmp_path / "out")
    assert trace.instants[0].arguments["name"] == "/tmp/\ufffd"


def test_damage_leaves_a_whole_file_of_what_came_before(
    tracer_command: RunTracer, captures: Path, tmp_path: Path
) -> None:
    cut, out = tmp_path / "cut.scap", tmp_path / "out"
    cut.write_bytes((captures / "07-tiny.scap").read_bytes()[:200_001])
    ran = tracer_command("export", "--to", "perfetto", "-o", out, cut)
    assert ran.status == 1
    assert "byte 200000" in ran.err
    assert len(read_trace(out).slices) > 500
