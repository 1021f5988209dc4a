"""Which probe object runs, and what is said where none can."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import TRACER, RunTracer
from tracer.drivers.ebpf import object_file

pytestmark = pytest.mark.live


def test_an_empty_value_means_the_built_in_probe(tracer_command: RunTracer) -> None:
    ran = tracer_command("run", "-o", "/dev/null", "--", "true", TRACER_BPF_PROBE="")
    assert (ran.status, ran.err) == (0, "tracer: driver ebpf, chosen by TRACER_BPF_PROBE\n")


def test_a_path_names_the_probe_that_is_loaded(tracer_command: RunTracer, tmp_path: Path) -> None:
    probe = tmp_path / "mine.o"
    probe.write_bytes(object_file.INSTALLED.read_bytes())
    ran = tracer_command("run", "-p%evt.type", "--", "true", TRACER_BPF_PROBE=str(probe))
    assert ran.status == 0
    assert ran.err.splitlines()[:2] == [f"tracer: driver ebpf:{probe}, chosen by TRACER_BPF_PROBE", "execve"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("/etc/passwd", "/etc/passwd is no ELF file"),
        ("/nonexistent/probe.o", "cannot read the probe object /nonexistent/probe.o: No such file or directory"),
        ("/etc", "cannot read the probe object /etc: Is a directory"),
        ("/bin/true", "not BPF"),
    ],
)
def test_what_is_no_probe_is_refused_in_one_line(tracer_command: RunTracer, value: str, reason: str) -> None:
    ran = tracer_command("-n", "1", TRACER_BPF_PROBE=value)
    assert (ran.status, ran.out) == (1, "")
    (line,) = ran.err.splitlines()
    assert line.startswith("tracer: ") and reason in line


def test_a_probe_of_another_version_is_refused_in_one_line(tracer_command: RunTracer, tmp_path: Path) -> None:
    other = tmp_path / "other.o"
    fingerprint = object_file.FINGERPRINT.encode()
    other.write_bytes(object_file.INSTALLED.read_bytes().replace(fingerprint, b"0" * len(fingerprint)))
    ran = tracer_command("-n", "1", TRACER_BPF_PROBE=str(other))
    assert ran.status == 1
    (line,) = ran.err.splitlines()
    assert "another version of tracer" in line


def test_a_damaged_probe_is_refused_in_one_line(tracer_command: RunTracer, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.o"
    data = bytearray(object_file.INSTALLED.read_bytes())
    data[2000:6000] = bytes(byte ^ 0x5A for byte in data[2000:6000])
    damaged.write_bytes(data)
    ran = tracer_command("-n", "1", TRACER_BPF_PROBE=str(damaged))
    assert (ran.status, ran.out) == (1, "")
    (line,) = ran.err.splitlines()
    assert str(damaged) in line


def test_without_rights_it_is_told_why_each_driver_cannot_run() -> None:
    # Root without a capability has the rights of an ordinary user, who might not be able to read this installation.
    ran = subprocess.run(
        ["setpriv", "--bounding-set=-all", "--inh-caps=-all", TRACER, "-n", "1"],
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("TRACER_")},
        timeout=30,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    first, *reasons = ran.stderr.splitlines()
    assert first == "tracer: no driver can show this machine's events:"
    assert "  ebpf: loading a BPF program needs root, or CAP_BPF and CAP_PERFMON; run as root" in reasons
    assert {reason.split(":")[0].strip() for reason in reasons} >= {"ebpf", "fake", "kmod"}
