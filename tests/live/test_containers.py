"""Containers of real runtimes: their names, images and labels, live and offline."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import tracer
from tests.conftest import TRACER, RunTracer

from .container_runtimes import IMAGE, Podman, containerd, pod, podman, run

pytestmark = [pytest.mark.live, pytest.mark.slow]

FIELDS = ("container.name", "container.image", "container.image.id", "container.image.digest", "container.type")


@pytest.fixture(scope="module")
def podman_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    with podman(tmp_path_factory.mktemp("podman")) as made:
        yield made


@pytest.fixture(scope="module")
def containerd_here(tmp_path_factory: pytest.TempPathFactory, podman_here: Podman) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("containerd")
    archive = folder / "image.tar"
    run(*podman_here.words, "save", "--format=docker-archive", "-o", archive, IMAGE)
    with containerd(folder / "here", archive) as socket:
        yield socket


@contextmanager
def recording(path: Path, **environment: str) -> Iterator[None]:
    """Records the machine while the block runs."""
    words = [TRACER, "-w", path, "container.id!=host or evt.type in (execve, clone, clone3, vfork)"]
    recorder = subprocess.Popen(words, stderr=subprocess.PIPE, env={**os.environ, **environment})
    assert recorder.stderr is not None
    assert b"driver" in recorder.stderr.readline()
    try:
        yield
        time.sleep(0.5)
    finally:
        recorder.send_signal(signal.SIGINT)
        recorder.communicate(timeout=60)


def test_a_podman_container_is_known_soon_and_never_wrong(
    podman_here: Podman, tracer_command: RunTracer, tmp_path: Path
) -> None:
    capture = tmp_path / "podman.scap"
    words = podman_here.run_words("soon", "/bin/sh", "-c", "/bin/sleep 1; /bin/true", options=("--label=team=blue",))
    ran = tracer_command("run", "-q", "-w", capture, "--", *words, TRACER_PODMAN_SOCKET=str(podman_here.socket))
    assert ran.status == 0, ran.err
    right = {"container.name": "soon", "container.image": IMAGE, "container.type": "podman", **podman_here.image()}
    with tracer.open(capture, filter="container.id != host and evt.type != container") as events:
        seen = [{field: event[field] for field in FIELDS} for event in events]
    known = [each["container.name"] is not None for each in seen]
    assert all(each[field] in (None, right[field]) for each in seen for field in FIELDS)
    assert known == sorted(known)
    with tracer.open(capture, filter="proc.name=true and evt.type=procexit") as events:
        last = next(events)
        assert {field: last[field] for field in FIELDS} == right
        assert last["container.labels"] == "app:shop, team:blue"
        assert last["container.privileged"] is False


def test_a_container_that_runs_already_is_known_at_the_first_event(
    podman_here: Podman, tracer_command: RunTracer
) -> None:
    detached = podman_here.run_words("early", "/bin/sh", "-c", "while :; do /bin/sleep 0.05; done", options=("-d",))
    run(*detached)
    try:
        format = "*%container.name %container.image %container.labels"
        ran = tracer_command(
            "-n5", "-M20", "-p", format, "container.type=podman", TRACER_PODMAN_SOCKET=str(podman_here.socket)
        )
        assert ran.lines == [f"early {IMAGE} app:shop"] * 5
    finally:
        run(*podman_here.words, "rm", "-f", "-t0", "early")


def test_a_podman_container_that_ends_at_once_has_its_name_and_image_or_none(
    podman_here: Podman, tracer_command: RunTracer, tmp_path: Path
) -> None:
    words = podman_here.run_words("brief", "/bin/true")
    lines, storage = tmp_path / "lines", podman_here.socket.parent / "storage"
    format = "%container.name %container.image %container.labels"
    filter = "proc.name=true and evt.type=procexit"
    environment = {"TRACER_PODMAN_SOCKET": "/no/socket", "TRACER_PODMAN_STORAGE": str(storage)}
    told = set()
    for _ in range(6):  # it may end before the storage tells of it
        tracer_command("run", "-o", lines, f"-p*{format}", filter, "--", *words, **environment)
        told.add(lines.read_text())
    right = f"brief {IMAGE} <NA>\n"
    assert {right} <= told <= {right, "<NA> <NA> <NA>\n"}


def test_where_no_engine_answers_fields_have_no_value(
    podman_here: Podman, tracer_command: RunTracer, tmp_path: Path
) -> None:
    words = podman_here.run_words("unknown", "/bin/true")
    format = "*%container.name %container.image %container.labels"
    lines = tmp_path / "lines"
    tracer_command(
        "run", "-o", lines, "-p", format, "container.id != host and evt.type != container", "--", *words,
        TRACER_PODMAN_SOCKET="/no/socket", TRACER_PODMAN_STORAGE="/no/storage",
    )  # fmt: skip
    assert set(lines.read_text().splitlines()) == {"<NA> <NA> <NA>"}


def test_what_ctr_started(containerd_here: Path, tmp_path: Path) -> None:
    capture = tmp_path / "ctr.scap"
    with recording(capture, TRACER_CRI_SOCKET=str(containerd_here)):
        command = ("/bin/sh", "-c", "/bin/sleep 3; /bin/true")
        run(
            "ctr", "-a", containerd_here, "run", "--snapshotter=native", "--rm", "--label=team=blue", IMAGE, "by-hand",
            *command,
        )  # fmt: skip
    with tracer.open(capture, filter="container.id=by-hand and proc.name=true and evt.type=procexit") as events:
        last = next(events)
        fields = ("container.type", "container.name", "container.image", "container.privileged")
        assert [last[field] for field in fields] == ["containerd", "by-hand", IMAGE, False]
        assert last["container.label.team"] == "blue"


@pytest.fixture(scope="module")
def recorded_pod(containerd_here: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A recording of a pod, and the id of its container."""
    folder = tmp_path_factory.mktemp("pod")
    capture = folder / "pod.scap"
    with (
        recording(capture, TRACER_CRI_SOCKET=str(containerd_here)),
        pod(containerd_here, folder, "/bin/sh", "-c", "/bin/sleep 3; /bin/true") as identity,
    ):
        time.sleep(4)
    return capture, identity


LAST = "proc.name=true and evt.type=procexit and container.id="


def test_a_container_of_a_pod(recorded_pod: tuple[Path, str]) -> None:
    capture, identity = recorded_pod
    with tracer.open(capture, filter=LAST + identity[:12]) as events:
        last = next(events)
        fields = ("container.type", "container.name", "container.image", "k8s.pod.name", "k8s.ns.name")
        assert [last[field] for field in fields] == ["containerd", "web", IMAGE, "shop-1", "prod"]
        assert (last["container.full_id"], last["container.host_network"]) == (identity, True)
        assert last["k8s.pod.labels"] == "app:shop"
    with tracer.open(capture, filter="container.id != host and evt.type != container") as events:
        assert {event["container.type"] for event in events} <= {None, "containerd"}


@pytest.mark.sysdig
def test_sysdig_finds_the_same_in_the_recording(recorded_pod: tuple[Path, str], tracer_command: RunTracer) -> None:
    capture, identity = recorded_pod
    format = (
        "*%thread.tid %container.id %container.name %container.image %container.image.id %k8s.pod.name %k8s.ns.name"
    )
    command = ["sysdig", "-r", capture, "-p", format, LAST + identity[:12]]
    sysdig = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f" web {IMAGE} " in sysdig.stdout
    assert tracer_command("-r", capture, "-p", format, LAST + identity[:12]).out == sysdig.stdout
