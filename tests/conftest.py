"""What all tests share: which of them can run on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import pytest

CAPTURES = Path(__file__).parent / "captures"


TRACER = Path(sys.executable).with_name("tracer")


@pytest.fixture
def captures() -> Path:
    """The folder of bundled captures."""
    return CAPTURES


@dataclass(frozen=True)
class Ran:
    """What a command line printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines on stdout."""
        return self.out.splitlines()


class RunTracer(Protocol):
    """Runs the installed `tracer` with these words; `environment` is added to the usual one."""

    def __call__(self, *words: str | Path, **environment: str) -> Ran: ...


@pytest.fixture
def tracer_command() -> RunTracer:
    """Runs the `tracer` command in a process of its own, its times in UTC."""

    def run(*words: str | Path, **environment: str) -> Ran:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("TRACER_")}
        ran = subprocess.run(
            [TRACER, *words],
            capture_output=True,
            text=True,
            errors="surrogateescape",
            env={**variables, "TZ": "UTC", **environment},
            timeout=60,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    return run


def live_is_missing() -> str:
    """Why this machine's own events cannot be traced; "" if they can."""
    if os.geteuid() != 0:
        return "needs root"
    from tracer.core.driver_choice import readiness_of
    from tracer.core.plugins import installed_plugins

    readiness = readiness_of(installed_plugins().drivers["ebpf"].thing, "")
    return "" if readiness.usable else f"needs BPF: {readiness.reason}"


def sysdig_is_missing() -> str:
    """Why sysdig cannot be compared with; "" if it can."""
    return "" if shutil.which("sysdig") else "needs sysdig (apt-get install --no-install-recommends sysdig)"


def vm_is_missing() -> str:
    """Why no guests can be booted; "" if they can."""
    from tests.vm import kernel

    return kernel.missing()


REQUIREMENTS: dict[str, Callable[[], str]] = {
    "live": cache(live_is_missing),
    "sysdig": cache(sysdig_is_missing),
    "vm": cache(vm_is_missing),
}
"""By marker: what says why the tests that carry it cannot run here."""


def pytest_configure() -> None:
    """Heeds SIGINT even where tests run in the background: a shell has it ignored there, also by children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
