"""Events that a filter rejects at first glance leave what they leave when they are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

import tracer
from tests.conftest import CAPTURES
from tracer.core._engine import Descriptor, Thread

NAMES = ["02-net.scap.gz", "07-tiny.scap", "08-filter-cat.scap"]


def described(thread: Thread, descriptors: list[Descriptor]) -> tuple[object, ...]:
    files = sorted((one.fd, one.type, one.name, one.open_flags) for one in descriptors)
    return thread.tid, thread.name, thread.cwd, thread.exe, files


def tables_at_end(path: Path, filter: str | None) -> list[tuple[object, ...]]:
    with tracer.open(path, filter=filter) as stream:
        for _ in stream:
            pass
        return sorted(described(thread, stream.descriptors(thread.tid)) for thread in stream.threads())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("filter", ["proc.name=nosuch", "evt.type=kexec_load", "proc.name in (nosuch, neither)"])
def test_a_filter_that_nothing_passes_leaves_the_same_tables(name: str, filter: str) -> None:
    assert tables_at_end(CAPTURES / name, filter) == tables_at_end(CAPTURES / name, None)


FIELDS = ("evt.num", "proc.name", "fd.name", "evt.latency", "evt.args", "thread.vmrss")


def rows(path: Path, filter: str | None) -> list[tuple[object, ...]]:
    with tracer.open(path, filter=filter) as stream:
        return [tuple(event[field] for field in FIELDS) for event in stream]


@pytest.mark.parametrize("name", NAMES)
def test_what_a_filter_on_names_lets_through_reads_as_without_it(name: str) -> None:
    everything = rows(CAPTURES / name, None)
    for program in sorted({str(row[1]) for row in everything})[:4]:
        assert rows(CAPTURES / name, f"proc.name='{program}'") == [row for row in everything if row[1] == program]
