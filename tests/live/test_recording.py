"""Recordings of this machine, as sysdig reads them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ..conftest import RunTracer

pytestmark = [pytest.mark.live, pytest.mark.sysdig]

WORKLOAD = Path(__file__).with_name("recorded.c")
NAMES = "%proc.name %evt.type %fd.name"
# Calls that sysdig 0.29.3 does not know, or whose event it does not connect with a descriptor.
UNKNOWN_TO_SYSDIG = {
    *(
        "accept4",
        "dup",
        "dup2",
        "dup3",
        "epoll_create1",
        "eventfd2",
        "mmap",
        "newfstatat",
        "pipe2",
        "prctl",
        "setsockopt",
    )
}
# It learns the local port of a datagram socket one message late.
DATAGRAM_PORTS = "->127.0.0.1:", "->::1:"


def sysdig(path: Path, *words: str) -> list[str]:
    environment = {**os.environ, "TZ": "UTC"}
    ran = subprocess.run(["sysdig", "-r", path, *words], capture_output=True, env=environment)
    assert (ran.returncode, ran.stderr) == (0, b"")
    return ran.stdout.decode(errors="surrogateescape").splitlines()


def comparable(lines: list[str]) -> list[str]:
    """The lines that both programs can know all of."""
    return [
        line
        for line in lines
        if line.split(" ")[1] not in UNKNOWN_TO_SYSDIG and not any(port in line for port in DATAGRAM_PORTS)
    ]


def test_sysdig_reads_a_recording_with_the_same_names(tmp_path: Path, tracer_command: RunTracer) -> None:
    program, recording = tmp_path / "workload", tmp_path / "recording.scap"
    subprocess.run(["cc", "-w", "-o", program, WORKLOAD, "-lpthread"], check=True)
    (tmp_path / "folder").mkdir()

    recorded = tracer_command("run", "-w", recording, "--", program, tmp_path / "folder")
    theirs = comparable(sysdig(recording, "-p", NAMES, "evt.dir=<"))
    ours = comparable(tracer_command("-r", recording, "-p", NAMES, "evt.dir=<").lines)

    assert recorded.status == 0
    assert theirs == ours
    assert f"workload openat {tmp_path}/folder/file" in theirs
    assert any(line.startswith("echo write") for line in theirs)
    assert len(theirs) > 80


def test_sysdig_knows_where_a_shell_redirected_to(tmp_path: Path, tracer_command: RunTracer) -> None:
    recording = tmp_path / "recording.scap"

    tracer_command("run", "-w", recording, "--", "/bin/sh", "-c", f"/bin/echo text > {tmp_path}/out")

    assert f"echo write {tmp_path}/out" in sysdig(recording, "-p", NAMES, "evt.type=write and evt.dir=<")


def test_system_calls_too_new_for_sysdig_keep_their_names_here(tmp_path: Path, tracer_command: RunTracer) -> None:
    recording = tmp_path / "recording.scap"

    tracer_command("run", "-w", recording, "--", "/bin/true")

    # Every dynamically linked program registers a restartable sequence.
    assert "rseq" in tracer_command("-r", recording, "-p", "%evt.type", "evt.dir=<").lines
    assert sysdig(recording)


def test_a_recording_knows_processes_that_changed_while_it_was_started(
    tmp_path: Path, tracer_command: RunTracer
) -> None:
    recording = tmp_path / "recording.scap"
    name_itself = "import ctypes, time\nwhile True: ctypes.CDLL(None).prctl(15, b'named'); time.sleep(0.0005)"
    processes = [subprocess.Popen(["python3", "-c", name_itself]) for _ in range(10)]
    try:
        pids = ",".join(str(process.pid) for process in processes)
        tracer_command("-q", "-M", "1", "-w", recording, f"proc.pid in ({pids})")
    finally:
        for process in processes:
            process.kill()
            process.wait()

    told = set(tracer_command("-r", recording, "-p", "%proc.pid %proc.name").lines)
    assert told == {f"{process.pid} named" for process in processes}
