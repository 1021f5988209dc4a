"""What all tests share: which of them can run on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

CAPTURES = Path(__file__).parent / "captures"


@pytest.fixture
def captures() -> Path:
    """The folder of bundled captures."""
    return CAPTURES


def live_is_missing() -> str:
    """Why this machine's own events cannot be traced; "" if they can."""
    if os.geteuid() != 0:
        return "needs root"
    from tracer.core.driver_choice import readiness_of
    from tracer.core.plugins import installed_plugins

    readiness = readiness_of(installed_plugins().drivers["ebpf"].driver, "")
    return "" if readiness.usable else f"needs BPF: {readiness.reason}"


def sysdig_is_missing() -> str:
    """Why sysdig cannot be compared with; "" if it can."""
    return "" if shutil.which("sysdig") else "needs sysdig (apt-get install --no-install-recommends sysdig)"


REQUIREMENTS: dict[str, Callable[[], str]] = {"live": cache(live_is_missing), "sysdig": cache(sysdig_is_missing)}
"""By marker: what says why the tests that carry it cannot run here."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what cannot run here."""
    for marker, missing in REQUIREMENTS.items():
        if item.get_closest_marker(marker) and (reason := missing()):
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    """Under CI a test that cannot run is a failure: nobody would notice that it no longer does."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but CI has to run it: {report.longrepr[2]}"
    return report
