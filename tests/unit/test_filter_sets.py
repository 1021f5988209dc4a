"""Many filters asked at once say the same as each by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import tracer
from tracer.core._engine import FilterSet, Format
from tracer.core.driver import Plan
from tracer.core.driver_choice import DriverRequest
from tracer.core.filter import parse
from tracer.core.filter.compiler import Program, encode_filter
from tracer.core.filter.registry import EngineRegistry
from tracer.core.opening import open_session

CAPTURE = Path(__file__).parents[1] / "captures" / "07-tiny.scap"

FILTERS = [
    "evt.type=openat and fd.name contains /etc/ and proc.cmdline contains a",
    "proc.name=cat and proc.cmdline contains a",
    "proc.name=date and (fd.name contains /etc/ or proc.cmdline contains a)",
    "evt.type in (brk, sysinfo) and evt.dir=<",
    "not (evt.type=openat or proc.cmdline contains a)",
    "fd.num > 2 and fd.num > 2",
]


def program(text: str) -> Program:
    return encode_filter(parse(text), EngineRegistry(), text)


def matches(filters: list[str], *, first_only: bool = False, codes: list[int] | None = None) -> list[tuple[int, ...]]:
    """Of each event that passes: its number, then the filters."""
    together = FilterSet([program(text) for text in filters], first_only=first_only, codes=codes)
    found = []
    with open_session(DriverRequest(capture=str(CAPTURE)), Plan(), together) as opened:
        while not opened.session.ended:
            event = opened.session.next(100)
            if event is not None:
                found.append((event.number, *together.matched))
    return found


def numbers(filter: str) -> list[int]:
    with tracer.open(CAPTURE, filter=filter) as events:
        return [event.number for event in events]


def test_each_filter_of_a_set_lets_pass_what_it_lets_pass_alone() -> None:
    together = matches(FILTERS)
    for place, text in enumerate(FILTERS):
        alone = numbers(text)
        assert alone, text
        assert [number for number, *places in together if place in places] == alone


def test_of_a_set_that_stops_at_the_first_only_the_first_is_named() -> None:
    assert matches(FILTERS, first_only=True) == [(number, first) for number, first, *_ in matches(FILTERS)]


def test_events_of_other_codes_than_those_given_are_not_looked_at() -> None:
    openat_exit = 307  # PPME_SYSCALL_OPENAT_2_X
    text = "proc.name=cat"
    assert [number for number, _ in matches([text], codes=[openat_exit])] == numbers(
        "proc.name=cat and evt.type=openat and evt.dir=<"
    )


def test_a_set_can_let_pass_what_any_of_its_filters_can() -> None:
    together = FilterSet([program("evt.type=openat"), program("evt.type=close")])
    close_exit, read_exit = 5, 7
    assert together.may_match(close_exit)
    assert not together.may_match(read_exit)


def test_a_code_that_no_event_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no event has this code"):
        FilterSet([program("evt.type=openat")], codes=[60000])


def test_the_latest_event_prints_in_any_format() -> None:
    with tracer.open(CAPTURE, filter="evt.type=execve and proc.name=cat") as events:
        event = next(events)
        assert event.text(Format.line("%proc.name of %proc.pname")) == "cat of bash"
        assert event.text(Format.line("%proc.name %fd.name")) is None
        assert event.text(Format.line("*%proc.name %fd.name")) == "cat <NA>"
