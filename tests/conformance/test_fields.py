"""Every field that sysdig lists has, for every event, the value that sysdig prints."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from tests.conformance.field_walk import DEVIATIONS, Walk, listed_by_sysdig, walk
from tests.conftest import CAPTURES
from tracer.core._engine import fields

pytestmark = pytest.mark.sysdig

LEAST_SHARE = 0.99
"""Of the values that have to be equal."""

BUNDLED = [CAPTURES / name for name in ("07-tiny.scap", "08-filter-cat.scap", "02-net.scap.gz")]
WALKED = BUNDLED + [Path(name) for name in os.environ.get("CONFORMANCE_CAPTURES", "").split(os.pathsep) if name]
"""CONFORMANCE_CAPTURES names more of them, with colons between."""

NOT_IN_BUNDLED = (
    "sysdig cuts a number's digits, or a signal's, to as many as it has bytes",
    "of an openat that failed in a directory's descriptor sysdig shows the directory",
    "sysdig reads parameters of events that grew since at the wrong place",
    "for the exit of a call whose start was not seen sysdig takes descriptor 0",
)
"""Reasons that only other captures give occasion to."""


@cache
def walked(capture: Path) -> Walk:
    return walk(capture)


def test_every_field_that_sysdig_lists_exists() -> None:
    ours = {field.name: field for field in fields()}
    assert listed_by_sysdig().keys() <= ours.keys()
    assert len(listed_by_sysdig()) > 200
    for name, printable in listed_by_sysdig().items():
        assert ours[name].filter_only == (not printable), name


@pytest.mark.slow
@pytest.mark.parametrize("capture", WALKED, ids=lambda capture: capture.name)
def test_every_value_is_the_one_that_sysdig_prints_or_differs_for_a_reason(capture: Path) -> None:
    found = walked(capture)
    print(f"{capture.name}: {found.share:.4%} of {found.values} values are equal")
    assert found.events > 0
    assert {name: found.examples[name] for name in found.unexplained} == {}
    assert found.share >= LEAST_SHARE


@pytest.mark.slow
def test_every_reason_is_needed() -> None:
    given = set().union(*(walked(capture).reasons for capture in BUNDLED))
    assert {each.reason for each in DEVIATIONS} - set(NOT_IN_BUNDLED) <= given
