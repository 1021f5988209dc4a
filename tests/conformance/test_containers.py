"""Containers and what is known of them, against sysdig 0.29.3."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.container_capture import DESCRIBED, PATHS, SANDBOX, write

from ..conftest import RunTracer

FIELDS = (
    "container.id", "container.name", "container.image", "container.image.id", "container.image.repository",
    "container.image.tag", "container.image.digest", "container.type", "container.privileged", "container.mounts",
    "container.mount[0]", "container.mount[/etc/*]", "container.mount[7]", "container.mount.source[/data]",
    "container.mount.dest[/srv/data]", "container.mount.mode[0]", "container.mount.rdwr[1]",
    "container.mount.propagation[/etc/app]", "container.healthcheck", "container.liveness_probe",
    "container.readiness_probe", "proc.is_container_healthcheck", "k8s.pod.name", "k8s.pod.id", "k8s.ns.name",
    "k8s.pod.label.tier", "k8s.pod.labels", "k8s.pod.label.nosuch",
)  # fmt: skip


@pytest.mark.sysdig
@pytest.mark.parametrize("field", FIELDS)
def test_fields_of_containers_are_those_of_sysdig(field: str, tmp_path: Path, tracer_command: RunTracer) -> None:
    capture = write(tmp_path / "containers.scap", DESCRIBED, SANDBOX)
    format = f"*%evt.num %thread.tid %{field}"
    sysdig = subprocess.run(["sysdig", "-r", capture, "-p", format], capture_output=True, text=True, check=True)
    assert len(sysdig.stdout.splitlines()) == len(PATHS)
    assert tracer_command("-r", capture, "-p", format).out == sysdig.stdout


@pytest.mark.sysdig
def test_ids_of_containers_that_nobody_described_are_those_of_sysdig(tmp_path: Path, tracer_command: RunTracer) -> None:
    capture = write(tmp_path / "containers.scap")
    format = "*%thread.tid %container.id %container.name"
    sysdig = subprocess.run(["sysdig", "-r", capture, "-p", format], capture_output=True, text=True, check=True)
    assert [line.split()[1] for line in sysdig.stdout.splitlines()] == list(PATHS.values())
    assert tracer_command("-r", capture, "-p", format).out == sysdig.stdout
