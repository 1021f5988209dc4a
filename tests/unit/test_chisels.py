"""Chisels: what they get, when they are called, and what becomes of what they print."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import tracer
from tests.conftest import RunTracer
from tracer.core.chisel import ChiselArgument, ChiselEnvironment, ChiselRun, PluginError, RowChisel, Tick
from tracer.core.plugin import ChiselBase
from tracer.core.records import DescriptorEntry
from tracer.drivers.fake.script import START_NS, Script
from tracer.plugins.chisels.top import TopProcessesByCpu

SECOND = 1_000_000_000


class Opened(RowChisel):
    name = "opened"
    summary = "files as they are opened"
    fields: Sequence[str] = ("proc.name", "fd.name", "evt.rawres")
    filter = "evt.type=openat"

    def on_event(self, *values: Any) -> object:
        self.print(" ".join(map(str, values)))
        return True


@pytest.fixture
def script() -> Script:
    return Script()


def test_a_chisel_gets_the_fields_it_names_of_the_events_it_wants(script: Script) -> None:
    cat = script.process("cat", pid=100)
    cat.openat("/etc/passwd", returns=3)
    cat.read(3, b"root:x")
    cat.openat("/nothing", returns="ENOENT")
    with tracer.play(script.source()) as events:
        assert events.run_chisel(Opened) == "cat /etc/passwd 3\ncat /nothing -2\n"


def test_it_gets_only_what_the_filter_of_the_stream_lets_through(script: Script) -> None:
    script.process("cat", pid=100).openat("/a", returns=3)
    script.process("dog", pid=101).openat("/b", returns=3)
    with tracer.play(script.source(), filter="proc.name=dog") as events:
        assert events.run_chisel(Opened) == "dog /b 3\n"


def test_a_field_that_an_event_lacks_is_none(script: Script) -> None:
    class Names(RowChisel):
        name = summary = "names"
        fields = ("fd.name", "evt.rawarg.data")

        def on_event(self, *values: Any) -> object:
            self.print(repr(values))
            return True

    process = script.process("sh", pid=100, descriptors=[DescriptorEntry(1, "file", "/dev/tty")])
    process.event("getpid", ID="getpid")
    process.write(1, b"\xff\x00x")
    with tracer.play(script.source()) as events:
        assert events.run_chisel(Names) == "(None, None)\n('/dev/tty', b'\\xff\\x00x')\n"


def test_text_that_is_not_utf_8_is_printed_as_the_bytes_it_was(script: Script) -> None:
    script.process("cat", pid=100).openat(b"/\xff".decode(errors="surrogateescape"), returns=3)
    with tracer.play(script.source()) as events:
        assert events.run_chisel(Opened).encode(errors="surrogateescape") == b"cat /\xff 3\n"


class Ticking(RowChisel):
    name = summary = "ticking"
    fields = ("evt.rawtime",)
    filter = "evt.type=openat"
    interval_ns = SECOND

    def on_event(self, *values: Any) -> object:
        self.print(f"event {values[0] - START_NS}")
        return True

    def on_interval(self, tick: Tick, *values: Any) -> None:
        self.print(f"tick {tick.time_ns - START_NS} {tick.delta_ns}")

    def finish(self) -> None:
        self.print("end")


def play_seconds(script: Script, *times_s: float) -> None:
    process = script.process("sh", pid=100)
    for time_s in times_s:
        script.time_ns = START_NS + round(time_s * SECOND)
        process.openat("/a", returns=3)


def test_an_interval_ends_with_the_first_event_after_it(script: Script) -> None:
    assert START_NS % SECOND == 0, "the expected times are whole seconds from here"
    play_seconds(script, 0.25, 0.5, 1.5, 4.25)
    with tracer.play(script.source()) as events:
        lines = events.run_chisel(Ticking).splitlines()
    assert [line.split()[0] for line in lines] == ["event", "event", "tick", "event", "tick", "event", "end"]
    first, second = (line.split()[1:] for line in lines if line.startswith("tick"))
    assert int(first[0]) // SECOND == 1
    assert first[1] == "0"
    assert int(second[0]) // SECOND == 4
    assert int(second[1]) == int(second[0]) - int(first[0])


def test_exact_intervals_are_counted_from_the_first_event(script: Script) -> None:
    class Exact(Ticking):
        exact_interval = True

        def on_event(self, *values: Any) -> object:
            return True

    play_seconds(script, 0.25, 3.5)
    with tracer.play(script.source()) as events:
        lines = events.run_chisel(Exact).splitlines()
    times = [int(line.split()[1]) for line in lines if line.startswith("tick")]
    assert len(times) == 3
    assert [later - earlier for earlier, later in pairwise(times)] == [SECOND, SECOND]


def test_events_that_pass_no_filter_end_intervals_too(script: Script) -> None:
    class Nothing(Ticking):
        filter = "proc.name=nosuch"

    play_seconds(script, 0.25, 1.5)
    with tracer.play(script.source()) as events:
        assert [line.split()[0] for line in events.run_chisel(Nothing).splitlines()] == ["tick", "end"]


def test_a_chisel_that_follows_the_state_sees_what_is_known_at_its_event(script: Script) -> None:
    class Open(RowChisel):
        name = summary = "open"
        filter = "evt.type=close"
        follows_state = True

        def on_event(self, *values: Any) -> object:
            [thread] = self.run.threads("fd.name startswith /tmp")
            self.print(f"{thread.name}: {[one.name for one in thread.descriptors]}")
            self.run.end()
            return True

    process = script.process("sh", pid=100)
    process.openat("/tmp/a", returns=3)
    process.openat("/etc/b", returns=4)
    process.close(4)
    process.close(3)
    with tracer.play(script.source()) as events:
        assert events.run_chisel(Open) == "sh: ['/tmp/a']\n"


def test_a_line_is_printed_in_the_format_of_the_chisel(script: Script) -> None:
    class Lines(RowChisel):
        name = summary = "lines"
        fields = ("evt.rawres",)
        filter = "evt.type=openat"
        format = "%proc.name %fd.name"

        def on_event(self, *values: Any) -> object:
            return values[0] >= 0

    cat = script.process("cat", pid=100)
    cat.openat("/a", returns=3)
    cat.openat("/b", returns="ENOENT")
    with tracer.play(script.source()) as events:
        assert events.run_chisel(Lines) == "cat /a\n"


def test_a_chisel_of_whole_events_runs_the_same_way(script: Script) -> None:
    class Whole(ChiselBase):
        name = summary = "whole"

        def on_event(self, event: tracer.Event) -> None:
            self.environment.write(f"{event.name} {event['fd.name']}\n")

    script.process("cat", pid=100).openat("/a", returns=3)
    with tracer.play(script.source()) as events:
        assert events.run_chisel(Whole) == "openat /a\n"


def test_a_field_that_does_not_exist_is_told_with_the_chisel(script: Script) -> None:
    class Wrong(Opened):
        name = "wrong"
        fields = ("fd.nosuch",)

    with tracer.play(script.source()) as events, pytest.raises(PluginError, match=r"chisel wrong: .*fd\.nosuch"):
        events.run_chisel(Wrong)


def test_a_chisel_that_fails_has_finished(script: Script) -> None:
    class Failing(Opened):
        def start(self, run: ChiselRun) -> None:
            raise PluginError("not today")

        def finish(self) -> None:
            self.print("finished")

    printed: list[str] = []
    with tracer.play(script.source()) as events, pytest.raises(PluginError, match="not today"):
        events.run_chisel(Failing, write=printed.append)
    assert printed == ["finished\n"]


def test_what_a_chisel_did_not_expect_reaches_the_program(script: Script) -> None:
    class Broken(Opened):
        def on_event(self, *values: Any) -> object:
            raise KeyError("oh")

    script.process("cat", pid=100).openat("/a", returns=3)
    with tracer.play(script.source()) as events, pytest.raises(KeyError, match="oh"):
        events.run_chisel(Broken)


def test_live_cpu_time_is_that_between_switches() -> None:
    printed: list[str] = []
    chisel = TopProcessesByCpu((), ChiselEnvironment(write=printed.append, is_live=True))
    assert "switch" in chisel.filter
    chisel.on_rows([("a", 1, None, SECOND // 4), ("b", 2, None, SECOND // 2), ("a", 1, None, SECOND // 2)])
    chisel.print_table(START_NS + SECOND, SECOND)
    assert [line.split() for line in "".join(printed).splitlines()[2:]] == [["75.00%", "a", "1"], ["50.00%", "b", "2"]]


def test_live_cpu_time_of_some_processes_is_refused() -> None:
    with pytest.raises(PluginError, match="no filter"):
        TopProcessesByCpu((), ChiselEnvironment(write=print, is_live=True, filter="proc.name=cat"))


def test_arguments_are_there_by_name(script: Script) -> None:
    class Told(RowChisel):
        name = summary = "told"
        arguments = (ChiselArgument("one", ""), ChiselArgument("two", "", is_optional=True))

        def set_up(self) -> None:
            self.print(str(self.values))

    with tracer.play(script.source()) as events:
        assert events.run_chisel(Told, ["x"]) == "{'one': 'x'}\n"


def test_several_chisels_run_over_one_stream(tracer_command: RunTracer, captures: Path) -> None:
    capture = captures / "07-tiny.scap"
    first, second = (tracer_command("-r", capture, "-c", name).out for name in ("iobytes", "topscalls"))
    assert first
    assert tracer_command("-r", capture, "-c", "topscalls", "-c", "iobytes").out == first + second


def test_n_counts_what_passes_the_filter(tracer_command: RunTracer, captures: Path) -> None:
    ran = tracer_command("-r", captures / "07-tiny.scap", "-c", "topscalls", "-n", "5", "evt.type=openat")
    assert ran.lines[2:] == ["5                   openat"]


def test_an_argument_that_is_missing_is_told(tracer_command: RunTracer, captures: Path) -> None:
    ran = tracer_command("-r", captures / "07-tiny.scap", "-c", "fileslower")
    assert ran.status == 2
    assert "min_ms" in ran.err


def test_c_l_lists_chisels_too(tracer_command: RunTracer) -> None:
    listed = tracer_command("-c", "l")
    assert "topscalls       Top system calls by number of calls" in listed.lines
    assert listed.out == tracer_command("-cl").out


def test_a_field_that_is_none_is_told_before_anything_is_printed(tracer_command: RunTracer, captures: Path) -> None:
    ran = tracer_command("-r", captures / "07-tiny.scap", "-c", "fdbytes_by", "no.such")
    assert (ran.status, ran.out) == (1, "")
    assert "no.such" in ran.err


@pytest.mark.parametrize("option", ["-S", "-F"])
def test_what_chisels_do_not_do_is_refused(option: str, tracer_command: RunTracer, captures: Path) -> None:
    ran = tracer_command("-r", captures / "07-tiny.scap", option, "-w/dev/null", "-c", "topscalls")
    assert ran.status == 2
    assert option in ran.err


def test_what_passes_the_filter_is_recorded_too(tracer_command: RunTracer, captures: Path, tmp_path: Path) -> None:
    words = ("-c", "topscalls", "evt.type=openat and evt.dir=<")
    ran = tracer_command("-r", captures / "07-tiny.scap", "-w", tmp_path / "some.scap", *words)
    count = ran.lines[2].split()[0]
    assert tracer_command("-r", tmp_path / "some.scap", *words).lines[2].split() == [count, "openat"]
    assert len(tracer_command("-r", tmp_path / "some.scap").lines) == int(count)


def test_a_chisel_writes_what_is_around_events(tracer_command: RunTracer, captures: Path, tmp_path: Path) -> None:
    dump = tmp_path / "around.scap"
    which = "evt.type=execve and evt.dir=<"
    ran = tracer_command("-r", captures / "07-tiny.scap", "-c", "around", f"{dump} 1", which)
    assert ran.status == 0, ran.err
    times = [line.split()[0] for line in ran.lines if "(" in line]
    with tracer.open(dump) as events:
        assert len(times) < sum(1 for _ in events)
    written = tracer_command("-r", dump, "-p", "%evt.time", which)
    assert set(times) <= set(written.lines)
