"""What a filter and an output ask of a source."""

import pytest

from tracer.core.filter import parse
from tracer.core.plan import plan_for

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
