"""Real podman and containerd, with storage of their own, and an image that has nothing but busybox."""

from __future__ import annotations

import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tracer.plugins.containers.grpc_client import GrpcClient

IMAGE = "localhost/probe:1"
BUSYBOX = Path("/bin/busybox")
PROGRAMS = ("sh", "sleep", "true")
# The engine would ask for more than a machine may allow.
LIMITS = ("--ulimit=nofile=1000:1000", "--ulimit=nproc=1000:1000")


def need(*programs: str) -> None:
    """Skips the test where a program is missing."""
    missing = [program for program in (*programs, str(BUSYBOX)) if shutil.which(program) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)} (apt-get install podman runc containerd busybox-static)")


def run(*words: str | Path, input: bytes | None = None) -> str:
    """What a command prints."""
    ran = subprocess.run(words, input=input, capture_output=True, timeout=60)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode()


def root_file_system(folder: Path) -> bytes:
    """An archive of a system that has only a few programs."""
    (folder / "bin").mkdir(parents=True)
    shutil.copy(BUSYBOX, folder / "bin")
    for program in PROGRAMS:
        (folder / "bin" / program).symlink_to("busybox")
    return subprocess.run(["tar", "-C", folder, "-c", "."], capture_output=True, check=True).stdout


class Podman:
    """podman, with its service at `socket`."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "podman.sock"
        self.words = (
            "podman", f"--root={folder}/storage", f"--runroot={folder}/run", "--storage-driver=vfs",
            "--cgroup-manager=cgroupfs", "--runtime=runc",
        )  # fmt: skip
        changes = ("--change=LABEL app=shop", '--change=CMD ["/bin/sleep","1000"]')
        run(*self.words, "import", *changes, "-", IMAGE, input=root_file_system(folder / "root"))

    def run_words(self, name: str, *command: str, options: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The command that runs a container."""
        return (*self.words, "run", "--rm", "--network=none", *LIMITS, f"--name={name}", *options, IMAGE, *command)

    def image(self) -> dict[str, str]:
        """Id and digest of the image, as podman tells them."""
        told = run(*self.words, "image", "inspect", IMAGE, "--format={{.Id}} {{.Digest}}").split()
        return {"container.image.id": told[0], "container.image.digest": told[1]}


@contextmanager
def podman(folder: Path) -> Iterator[Podman]:
    """podman, and its service."""
    need("podman", "runc", "conmon")
    made = Podman(folder)
    service = subprocess.Popen([*made.words, "system", "service", "--time=0", f"unix://{made.socket}"])
    try:
        _wait_for(made.socket)
        yield made
    finally:
        service.terminate()
        service.wait()


CONTAINERD = """
version = 2
root = "{folder}/root"
state = "{folder}/state"
[grpc]
  address = "{folder}/containerd.sock"
[ttrpc]
  address = "{folder}/containerd.sock.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/probe:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
"""


@contextmanager
def containerd(folder: Path, image: Path) -> Iterator[Path]:
    """containerd with an image, for itself and for CRI; its socket."""
    need("containerd", "ctr", "runc")
    folder.mkdir()
    socket = folder / "containerd.sock"
    (folder / "config.toml").write_text(CONTAINERD.format(folder=folder))
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(["containerd", "-c", folder / "config.toml"], stdout=log, stderr=log)
    try:
        _wait_for(socket)
        for namespace in ("default", "k8s.io"):
            run("ctr", "-a", socket, "-n", namespace, "images", "import", "--snapshotter=native", image)
        yield socket
    finally:
        server.terminate()
        server.wait()


POD_CALLS = """
NamespaceOption: int32 network 1
Security: NamespaceOption namespace_options 1
Linux: Security security_context 2
Metadata: string name 1, string uid 2, string namespace 3
Pod: Metadata metadata 1, string log_directory 3, map labels 6, Linux linux 8
Image: string image 1
Container: Metadata metadata 1, Image image 2, repeated string command 3, map labels 9
RunPodSandboxRequest: Pod config 1
CreateContainerRequest: string pod_sandbox_id 1, Container config 2, Pod sandbox_config 3
Id: string id 1
"""


@contextmanager
def pod(socket: Path, folder: Path, *command: str) -> Iterator[str]:
    """A pod in the host's network, with one container that runs a command; the container's id."""
    client = GrpcClient(str(socket), POD_CALLS, 30)
    ask, message = client.call, client.message
    service = "/runtime.v1.RuntimeService/"
    metadata = message("Metadata", name="shop-1", uid=uuid.uuid4().hex, namespace="prod")
    linux = message("Linux", security_context={"namespace_options": {"network": 2}})
    labels = {"app": "shop", "io.kubernetes.pod.name": "shop-1", "io.kubernetes.pod.namespace": "prod"}
    config = message("Pod", metadata=metadata, linux=linux, labels=labels, log_directory=str(folder / "logs"))
    sandbox = ask(service + "RunPodSandbox", message("RunPodSandboxRequest", config=config), "Id").id
    try:
        container: Any = message(
            "Container", metadata={"name": "web"}, image={"image": IMAGE}, command=command,
            labels={key: value for key, value in labels.items() if key != "app"},
        )  # fmt: skip
        wanted = message("CreateContainerRequest", pod_sandbox_id=sandbox, config=container, sandbox_config=config)
        identity = ask(service + "CreateContainer", wanted, "Id").id
        ask(service + "StartContainer", message("Id", id=identity), "Id")
        yield identity
    finally:
        ask(service + "StopPodSandbox", message("Id", id=sandbox), "Id")
        ask(service + "RemovePodSandbox", message("Id", id=sandbox), "Id")


def _wait_for(socket: Path) -> None:
    deadline = time.monotonic() + 30
    while not socket.is_socket():
        assert time.monotonic() < deadline, f"{socket} does not come"
        time.sleep(0.05)
