"""The same command line over the same run prints the same lines, whichever driver the environment chooses."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from .machine import Machine

SCRIPT = Path(__file__).with_name("same_lines.sh")
TRACER = Path(sys.executable).with_name("tracer")
FILTER = "proc.name in (workload, true) and evt.dir=<"
# By name: what the environment says, and what then runs.
DRIVERS = {
    "unset": ("", "driver kmod, chosen by default"),
    "empty": ("TRACER_BPF_PROBE=", "driver ebpf, chosen by TRACER_BPF_PROBE"),
    "bcc": ("TRACER_BPF_PROBE=bcc", "driver ebpf:bcc, chosen by TRACER_BPF_PROBE"),
}


@pytest.mark.usefixtures("bcc_probe")
def test_lines_are_the_same_through_every_driver_and_replayed(guest_with_module: Machine, workload: Path) -> None:
    folder = guest_with_module.share / "lines"
    folder.mkdir()
    (folder / "drivers").write_text("".join(f"{name} {variables}\n" for name, (variables, _) in DRIVERS.items()))
    words = ["bash", SCRIPT, folder, TRACER, FILTER, workload, "/dev/shm/lines"]
    guest_with_module.run("mkdir /dev/shm/lines")

    guest_with_module.run([os.fspath(word) for word in words], timeout_s=500)

    for name, (_, chosen) in DRIVERS.items():
        assert chosen in (folder / f"{name}.err").read_text()
        assert "dropped" not in (folder / f"{name}.err").read_text()
    expected = (folder / "unset.lines").read_bytes().splitlines()
    assert len(expected) > 1000
    for name in DRIVERS:
        for way in ("", "-replayed", "-fake"):
            assert (folder / f"{name}{way}.lines").read_bytes().splitlines() == expected, f"{name}{way}"
