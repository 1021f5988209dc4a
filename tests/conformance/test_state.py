"""What is known of threads and descriptors at each event, against sysdig 0.29.3."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracer

FIELDS = ("proc.name", "thread.tid", "proc.pid", "proc.ppid", "proc.exe", "proc.cwd", "fd.num", "fd.name", "fd.type")
SEPARATOR, END = "\x1f", "\x1e"

SYSDIG_HAS_NO_DESCRIPTOR = {"mmap", "mmap2", "unlinkat", "mkdirat", "symlinkat", "fchmod", "fchmodat", "setsockopt"}
"""Calls on a descriptor for which 0.29.3 has no fd.* fields; current libs have them."""


def by_sysdig(capture: Path) -> Iterator[tuple[str, ...]]:
    """Number, type, direction and FIELDS of every line."""
    columns = ("evt.num", "evt.type", "evt.dir", *FIELDS)
    format = "*" + SEPARATOR.join(f"%{column}" for column in columns) + END
    run = subprocess.run(["sysdig", "-r", capture, "-p", format], capture_output=True, check=True)
    for line in run.stdout.decode(errors="surrogateescape").split(END + "\n"):
        if line:
            yield tuple(line.split(SEPARATOR))


def by_us(capture: Path) -> dict[str, tuple[str, ...]]:
    with tracer.open(capture) as events:
        return {str(event.number): tuple(as_printed(event[field]) for field in FIELDS) for event in events}


def as_printed(value: object) -> str:
    return "<NA>" if value is None else str(value)


def is_server_of_datagrams(name: str, sysdigs_name: str) -> bool:
    """0.29.3 takes the port and protocol of a bound UDP socket for an address, and turns its ends at will."""
    source, arrow, destination = name.partition("->")
    if not arrow:
        return False
    port, udp = int(destination.rpartition(":")[2]), 3
    return f"{port & 255}.{port >> 8}.{udp}.0:" in sysdigs_name or sysdigs_name == f"{destination}->{source}"


def agree(kind: str, ours: tuple[str, ...], sysdigs: tuple[str, ...]) -> bool:
    if kind in SYSDIG_HAS_NO_DESCRIPTOR:
        return ours[:-3] == sysdigs[:-3]
    if ours[-2] != sysdigs[-2] and is_server_of_datagrams(ours[-2], sysdigs[-2]):
        return (*ours[:-2], ours[-1]) == (*sysdigs[:-2], sysdigs[-1])
    return ours == sysdigs


@pytest.mark.sysdig
def test_threads_and_descriptors_are_those_of_sysdig(captures: Path) -> None:
    for capture in sorted(captures.glob("*.scap*")):
        ours = by_us(capture)
        compared = 0
        for number, kind, direction, *values in by_sysdig(capture):
            where = f"{capture.name}, event {number} ({direction} {kind})"
            assert agree(kind, ours[number], tuple(values)), f"{where}: {ours[number]} != {tuple(values)}"
            compared += 1
        assert compared == len(ours) > 1000
