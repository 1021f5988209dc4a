"""Module and probes, attached at the same time to the same run, record the same, byte for byte but for the times."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from . import records
from .conftest import REPOSITORY
from .machine import Machine

# The first one's records are held against those of each other.
DRIVERS = ("kmod", "ebpf", "ebpf:bcc")
PROGRAMS = Path(__file__).with_name("programs.sh")


def record(guest: Machine, name: str, command: str, *options: str) -> dict[str, records.Comparison]:
    """Records the command through all drivers, in a fresh folder FOLDER; none of them may lose anything.

    By driver: what the comparison with the first one gave.
    """
    folder = guest.share / name
    folder.mkdir()
    words = [sys.executable, "-m", "tests.vm.recorder", *options, str(folder), *DRIVERS]
    inside = f"/dev/shm/{name}"
    command = command.replace("FOLDER", inside)
    ran = guest.run(f"cd {REPOSITORY}; mkdir {inside}; {' '.join(words)} -- {command}", timeout_s=300)
    for statistics in json.loads(ran.lines[-1]):
        assert statistics["dropped"] == 0
        assert statistics["seen"] == statistics["emitted"] == statistics["records"]
    first = folder / "0.records"
    return {
        driver: records.compare(first, folder / f"{number}.records") for number, driver in enumerate(DRIVERS) if number
    }


def check(comparisons: dict[str, records.Comparison], what: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints the reports. There may be no differences."""
    with capsys.disabled():
        for driver, comparison in comparisons.items():
            print("\n" + comparison.summary(f"{DRIVERS[0]} and {driver}, {what}"))
    for comparison in comparisons.values():
        assert comparison.differences == []


@pytest.fixture(scope="module")
def guest_with_drivers(guest_with_module: Machine, bcc_probe: Path) -> Machine:
    """The guest in which all drivers can run."""
    return guest_with_module


def test_every_system_call_is_recorded_the_same(
    guest_with_drivers: Machine, workload: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comparisons = record(guest_with_drivers, "calls", f"{workload} FOLDER")
    check(comparisons, "every system call", capsys)
    assert all(comparison.not_reached() == set() for comparison in comparisons.values())


def test_calls_of_32_bit_programs_are_recorded_the_same(
    guest_with_drivers: Machine, workload: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comparisons = record(guest_with_drivers, "calls_32_bit", f"{workload} FOLDER calls_32_bit")
    check(comparisons, "calls of 32-bit programs", capsys)
    assert all(comparison.records > 100 for comparison in comparisons.values())


def test_enter_events_and_all_tracepoints_are_recorded_the_same(
    guest_with_drivers: Machine, workload: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--enter-events", "--all-tracepoints", "--snaplen", "2000")
    comparisons = record(guest_with_drivers, "enter", f"{workload} FOLDER", *options)
    check(comparisons, "enter events, switches and page faults too", capsys)
    for comparison in comparisons.values():
        assert {"page_fault", "switch", "signaldeliver"} <= set(comparison.calls)


def test_real_programs_are_recorded_the_same(guest_with_drivers: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    comparisons = record(guest_with_drivers, "programs", f"/bin/sh {PROGRAMS} FOLDER")
    check(comparisons, "shell, Python, sort, gcc, tar and curl", capsys)
    assert all(comparison.records > 5000 for comparison in comparisons.values())
