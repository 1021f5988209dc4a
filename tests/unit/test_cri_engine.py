"""What CRI runtimes and containerd tell of their containers, over gRPC."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.container_servers import Calls, grpc_server
from tracer.core.plugin import ContainerReference, LookUpLater
from tracer.plugins.containers.containerd import ContainerdEngine
from tracer.plugins.containers.cri import CriEngine
from tracer.plugins.containers.messages import CONTAINERD, CRI, messages

ID, SANDBOX = "0123456789abcdef" * 4, "5a5a5a5a5a5a5a5a" * 4
IMAGE = "fedcba9876543210" * 4
DIGEST = "sha256:" + "ab" * 32
CGROUP = f"/kubepods.slice/cri-containerd-{ID}.scope"
POD_LABELS = {"app": "shop", "io.kubernetes.pod.name": "shop-1"}
REFERENCE = ContainerReference(ID[:12], ID, "containerd", False, CGROUP, 100)


def status(question: Any) -> Any:
    if question.container_id != ID:
        return None
    info = {
        "sandboxID": SANDBOX,
        "config": {"linux": {"security_context": {"privileged": True}}, "envs": [{"key": "SECRET", "value": "1"}]},
        "runtimeSpec": {"linux": {"resources": {"memory": {"limit": 1 << 20}, "cpu": {"shares": 102}}}},
    }
    return messages(CRI)["ContainerStatusResponse"](
        status={
            "id": ID,
            "metadata": {"name": "web"},
            "created_at": 1_685_614_830_000_000_001,
            "image": {"image": f"sha256:{IMAGE}"},
            "image_ref": f"registry.example/web@{DIGEST}",
            "labels": {"io.kubernetes.container.name": "web"},
            "mounts": [{"container_path": "/data", "host_path": "/srv", "readonly": True, "propagation": 1}],
        },
        info={"info": json.dumps(info)} if question.verbose else {},
    )


def sandbox_status(question: Any) -> Any:
    if question.pod_sandbox_id != SANDBOX:
        return None
    return messages(CRI)["PodSandboxStatusResponse"](
        status={
            "id": SANDBOX,
            "metadata": {"name": "shop-1", "uid": "1d5f", "namespace": "prod"},
            "network": {"ip": "10.0.0.7"},
            "linux": {"namespaces": {"options": {"network": 0, "pid": 2, "ipc": 0}}},
            "labels": POD_LABELS,
        },
        info={"info": json.dumps({"cniResult": {"Interfaces": {"eth0": {}}}})},
    )


def image_status(question: Any) -> Any:
    image = {"id": f"sha256:{IMAGE}", "repo_tags": ["registry.example/web:1.2"]}
    return messages(CRI)["ImageStatusResponse"](image=image)


def cri_calls(version: str = "v1", runtime: str = "containerd") -> Calls:
    service = f"/runtime.{version}.RuntimeService/"
    return {
        service + "Version": ("VersionRequest", lambda _: messages(CRI)["VersionResponse"](runtime_name=runtime)),
        service + "ContainerStatus": ("ContainerStatusRequest", status),
        service + "PodSandboxStatus": ("PodSandboxStatusRequest", sandbox_status),
        f"/runtime.{version}.ImageService/ImageStatus": ("ImageStatusRequest", image_status),
    }


@pytest.fixture
def socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRACER_CRI_SOCKET", str(tmp_path / "cri.sock"))
    return tmp_path / "cri.sock"


@pytest.mark.parametrize("version", ["v1", "v1alpha2"])
def test_all_that_a_runtime_tells_of_a_container_of_a_pod(socket: Path, version: str) -> None:
    with grpc_server(socket, CRI, cri_calls(version)):
        answer = CriEngine().look_up(REFERENCE)
    assert answer is not None
    expected = {
        "type": "containerd",
        "full_id": ID,
        "name": "web",
        "created_time": 1_685_614_830,
        "labels": {"io.kubernetes.container.name": "web"},
        "Mounts": [{"Source": "/srv", "Destination": "/data", "Mode": "", "RW": False, "Propagation": "rslave"}],
        "env": [],
        "privileged": True,
        "image": "registry.example/web:1.2",
        "imageid": IMAGE,
        "imagerepo": "registry.example/web",
        "imagetag": "1.2",
        "imagedigest": DIGEST,
        "memory_limit": 1 << 20,
        "cpu_shares": 102,
        "pod_sandbox_id": SANDBOX,
        "pod_sandbox_labels": POD_LABELS,
        "ip": "10.0.0.7",
        "host_network": False,
        "host_pid": True,
        "host_ipc": False,
        "cni_json": '{"Interfaces":{"eth0":{}}}',
    }
    assert {key: answer[key] for key in expected} == expected


def test_a_sandbox_is_known_by_its_pod(socket: Path) -> None:
    with grpc_server(socket, CRI, cri_calls(runtime="cri-o")):
        answer = CriEngine().look_up(REFERENCE._replace(id=SANDBOX[:12], full_id=SANDBOX, type="cri-o"))
    assert answer is not None
    assert (answer["type"], answer["name"], answer["is_pod_sandbox"]) == ("cri-o", "shop-1", True)
    assert answer["labels"] == {**POD_LABELS, "io.kubernetes.pod.namespace": "prod", "io.kubernetes.pod.uid": "1d5f"}


def test_a_container_that_the_runtime_does_not_know_yet_is_asked_for_again(socket: Path) -> None:
    with grpc_server(socket, CRI, cri_calls()), pytest.raises(LookUpLater):
        CriEngine().look_up(REFERENCE._replace(full_id="f" * 64))


def test_a_server_without_cri_knows_nothing(socket: Path) -> None:
    with grpc_server(socket, CRI, {}):
        assert CriEngine().look_up(REFERENCE) is None


def test_where_there_is_no_socket_nothing_is_known(socket: Path) -> None:
    assert CriEngine().look_up(REFERENCE) is None
    assert ContainerdEngine().look_up(REFERENCE) is None


def containerd_calls(labels: dict[str, str]) -> Calls:
    kinds = messages(CONTAINERD)
    specification = {
        "process": {"capabilities": {"bounding": ["CAP_CHOWN"]}},
        "mounts": [{"type": "bind", "source": "/srv", "destination": "/data", "options": ["rbind", "ro", "rslave"]}],
        "linux": {"namespaces": [{"type": "pid"}, {"type": "ipc"}], "resources": {"cpu": {"quota": 5000}}},
    }
    container = kinds["Container"](
        id="one", labels=labels, image="docker.io/library/app:1", spec={"value": json.dumps(specification).encode()},
        created_at={"seconds": 7},
    )  # fmt: skip
    return {
        "/containerd.services.namespaces.v1.Namespaces/List": (
            "ListNamespacesRequest",
            lambda _: kinds["ListNamespacesResponse"](namespaces=[{"name": "moby"}, {"name": "default"}]),
        ),
        "/containerd.services.containers.v1.Containers/Get": (
            "GetContainerRequest",
            lambda asked: kinds["GetContainerResponse"](container=container) if asked.id == "one" else None,
        ),
        "/containerd.services.images.v1.Images/Get": (
            "GetImageRequest",
            lambda asked: kinds["GetImageResponse"](image={"name": asked.name, "target": {"digest": DIGEST}}),
        ),
    }


ONE = ContainerReference("one", "one", "containerd", True, "/default/one", 100)


def test_what_containerd_tells_without_kubernetes(socket: Path) -> None:
    with grpc_server(socket, CONTAINERD, containerd_calls({"nerdctl/name": "shop"})):
        answer = ContainerdEngine().look_up(ONE)
    assert answer is not None
    expected = {
        "type": "containerd", "full_id": "one", "name": "shop", "image": "docker.io/library/app:1",
        "imagerepo": "docker.io/library/app", "imagetag": "1", "imagedigest": DIGEST, "created_time": 7,
        "labels": {"nerdctl/name": "shop"}, "privileged": False, "cpu_quota": 5000,
        "host_pid": False, "host_ipc": False, "host_network": True,
        "Mounts": [{"Source": "/srv", "Destination": "/data", "Mode": "", "RW": False, "Propagation": "rslave"}],
    }  # fmt: skip
    assert {key: answer[key] for key in expected} == expected


def test_what_kubernetes_started_is_left_to_cri(socket: Path) -> None:
    labelled = containerd_calls({"io.cri-containerd.kind": "container"})
    with grpc_server(socket, CONTAINERD, labelled), pytest.raises(LookUpLater):
        ContainerdEngine().look_up(ONE)
