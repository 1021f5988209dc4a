"""`tracer export --to pcapng`, read with tshark."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import RunTracer

pytestmark = pytest.mark.skipif(
    shutil.which("tshark") is None, reason="needs tshark (apt-get install --no-install-recommends tshark)"
)


LAST_GENERIC = 1
"""Code of events for system calls that have none of their own: Wireshark calls them `syscall`."""

UNKNOWN_TO_WIRESHARK_4 = 328


def tshark(path: Path, *words: str) -> list[str]:
    ran = subprocess.run(["tshark", "-r", path, *words], capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout.splitlines()


def fields(path: Path, *names: str) -> list[list[str]]:
    words = [word for name in names for word in ("-e", name)]
    return [line.split("\t") for line in tshark(path, "-T", "fields", *words)]


@pytest.fixture
def cat(tracer_command: RunTracer, captures: Path, tmp_path: Path) -> Path:
    """The system calls of one program."""
    out = tmp_path / "cat.pcapng"
    ran = tracer_command("export", "--to", "pcapng", "-o", out, captures / "07-tiny.scap", "proc.name=cat")
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    return out


def test_wireshark_sees_each_event(cat: Path, tracer_command: RunTracer, captures: Path) -> None:
    shown = tracer_command("-r", captures / "07-tiny.scap", "-p", "%thread.tid %evt.cpu %evt.type", "proc.name=cat")
    seen = fields(cat, "sysdig.thread_id", "sysdig.cpu_id", "_ws.col.Info", "sysdig.event_type")
    assert len(seen) == len(shown.lines) == 282
    for (tid, cpu, info, kind), line in zip(seen, shown.lines, strict=True):
        name = info.partition(",")[0]
        if int(kind) <= LAST_GENERIC or int(kind) >= UNKNOWN_TO_WIRESHARK_4:
            name = line.split()[2]
        assert [tid, cpu, name] == line.split()
    assert Counter(row[2] for row in seen)["openat"] == 62


def test_wireshark_sees_times_and_parameters(cat: Path) -> None:
    # 15:03:09.576287594 0 cat (794) < openat fd=3(<f>/etc/ld.so.cache) dirfd=-100(AT_FDCWD)
    seen = fields(cat, "frame.time_epoch", "sysdig.event_type", "sysdig.param.openat2.fd", "sysdig.param.openat2.dirfd")
    assert ["1795359789.576287594", "307", "3", "-100"] in seen


def test_the_file_is_a_capture_as_well(cat: Path, tracer_command: RunTracer) -> None:
    ran = tracer_command("-r", cat, "-p", "%fd.name", "evt.type=openat and fd.num>=0 and fd.name contains hostname")
    assert ran.lines == ["/etc/hostname"]


def test_it_can_go_through_a_pipe(captures: Path) -> None:
    from tests.conftest import TRACER

    capture = captures / "07-tiny.scap"
    with subprocess.Popen(
        [TRACER, "export", "--to", "pcapng", "-n", "7", capture], stdout=subprocess.PIPE
    ) as exporting:
        seen = subprocess.run(["tshark", "-r", "-"], stdin=exporting.stdout, capture_output=True, text=True)
    assert len(seen.stdout.splitlines()) == 7


def test_fields_cannot_be_chosen(tracer_command: RunTracer, captures: Path) -> None:
    ran = tracer_command("export", "--to", "pcapng", "-p", "proc.name", captures / "07-tiny.scap")
    assert (ran.status, ran.out) == (1, "")
    assert "whole events" in ran.err
