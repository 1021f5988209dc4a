"""`tracer explain`: what a filter asks of the kernel."""

from __future__ import annotations

import pytest

from tests.conftest import RunTracer


def explained(tracer_command: RunTracer, *words: str) -> str:
    """What is printed, with single blanks."""
    ran = tracer_command("explain", *words)
    assert (ran.status, ran.err) == (0, "")
    return " ".join(ran.out.split())


def test_the_calls_and_the_reasons_are_named(tracer_command: RunTracer) -> None:
    text = explained(tracer_command, "evt.type in (getppid, read)", "and", "proc.name=cat")
    assert text.startswith("In the kernel system calls getppid, read: the filter can let no other pass accept,")
    assert "they change threads or descriptors filter accept, accept4, " in text
    assert "getppid, read: if proc.name = cat enter events no: nothing needs them" in text
    assert "tracepoints sched_process_exit: threads that end signal_deliver: signals" in text
    assert "filter evt.type in (getppid, read) and proc.name=cat" in text


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "system calls all: there is no filter"),
        (["proc.name=cat"], "system calls all: the filter can let any of them pass"),
        (["-t", "r", "evt.type=read"], "system calls all: the output shows the time since the first event"),
        (["-d", "evt.type=read"], "filter evt.type=read: for what is printed only (-d)"),
        (["-w", "out.scap"], "enter events yes: readers of captures expect them"),
        (["evt.latency>5"], "enter events yes: they tell how long a call took"),
        (["evt.type=switch"], "sched_switch: the filter speaks of context switches"),
        (
            ["evt.type=read", "and", "fd.name", "contains", "x"],
            "fd.name contains x: there are calls of which the kernel",
        ),
        (["--no-kernel-filter", "proc.name=cat"], "filter none of it: asked for"),
        (["evt.deltatime>5"], "filter none of it: the filter looks at the time between events"),
        (["-s", "200"], "data 200 bytes of each buffer"),
        (["-j"], "output a JSON object for each event"),
    ],
)
def test_options_and_fields_change_the_plan(tracer_command: RunTracer, words: list[str], part: str) -> None:
    assert part in explained(tracer_command, *words)


def test_v_names_every_call(tracer_command: RunTracer) -> None:
    assert "more:" in explained(tracer_command, "evt.type=read")
    assert "unshare" in explained(tracer_command, "-v", "evt.type=read")


def test_a_wrong_filter_is_shown_where_it_is_wrong(tracer_command: RunTracer) -> None:
    ran = tracer_command("explain", "proc.nam=cat")
    assert ran.status == 2
    assert "proc.nam" in ran.err
