"""Module and probe, attached at the same time to the same run, record the same, byte for byte but for the times."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from . import records
from .conftest import REPOSITORY
from .machine import Machine

PROGRAMS = Path(__file__).with_name("programs.sh")


def record(guest: Machine, name: str, command: str, *options: str) -> records.Comparison:
    """Records the command through both drivers, in a fresh folder FOLDER; none of them may lose anything."""
    folder = guest.share / name
    folder.mkdir()
    words = [sys.executable, "-m", "tests.vm.recorder", *options, str(folder), "ebpf", "kmod"]
    inside = f"/dev/shm/{name}"
    command = command.replace("FOLDER", inside)
    ran = guest.run(f"cd {REPOSITORY}; mkdir {inside}; {' '.join(words)} -- {command}", timeout_s=300)
    for statistics in json.loads(ran.lines[-1]):
        assert statistics["dropped"] == 0
        assert statistics["seen"] == statistics["emitted"] == statistics["records"]
    return records.compare(folder / "0.records", folder / "1.records")


@pytest.mark.parametrize("family", ["", "calls_32_bit"])
def test_every_system_call_is_recorded_the_same(
    guest_with_module: Machine, workload: Path, family: str, capsys: pytest.CaptureFixture[str]
) -> None:
    comparison = record(guest_with_module, f"calls{family}", f"{workload} FOLDER {family}")
    with capsys.disabled():
        print("\n" + comparison.summary(f"ebpf and kmod, workload {family}"))
    assert comparison.differences == []
    assert family or comparison.not_reached() == set()


def test_enter_events_and_all_tracepoints_are_recorded_the_same(
    guest_with_module: Machine, workload: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comparison = record(
        guest_with_module, "enter", f"{workload} FOLDER", "--enter-events", "--all-tracepoints", "--snaplen", "2000"
    )
    with capsys.disabled():
        print("\n" + comparison.summary("ebpf and kmod, enter events, switches and page faults too"))
    assert comparison.differences == []
    assert {"page_fault", "switch", "signaldeliver"} <= set(comparison.calls)


def test_real_programs_are_recorded_the_same(guest_with_module: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    comparison = record(guest_with_module, "programs", f"/bin/sh {PROGRAMS} FOLDER")
    with capsys.disabled():
        print("\n" + comparison.summary("ebpf and kmod, shell, Python, gcc, tar and curl"))
    assert comparison.differences == []
    assert comparison.records > 5000
