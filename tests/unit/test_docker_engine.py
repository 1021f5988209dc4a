"""What Docker and podman tell of their containers, as it was recorded or as the manuals have it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.container_servers import http_server
from tracer.core.plugin import ContainerReference, LookUpLater
from tracer.plugins.containers.docker import DockerEngine
from tracer.plugins.containers.podman import PodmanEngine

DATA = Path(__file__).parent.parent / "data" / "containers"
ID = "0123456789abcdef" * 4
IMAGE = "fedcba9876543210" * 4
DIGEST = "sha256:" + "ab" * 32
DOCKER = ContainerReference(ID[:12], ID, "docker", False, f"/system.slice/docker-{ID}.scope", 100)

CONTAINER = {
    "Id": ID,
    "Created": "2023-06-01T10:20:30.123456789Z",
    "Image": f"sha256:{IMAGE}",
    "Name": "/web",
    "Config": {
        "Image": "registry.example:5000/shop/web:1.2",
        "User": "www",
        "Labels": {"team": "blue", "tier": "front", "much": "x" * 5000},
        "Env": ["PATH=/bin", "SECRET=1", "MESOS_TASK_ID=t1"],
        "Healthcheck": {"Test": ["CMD", "/bin/check", '"--fast"']},
    },
    "HostConfig": {
        "NetworkMode": "bridge", "PidMode": "host", "IpcMode": "private", "Privileged": True, "Memory": 67108864,
        "MemorySwap": 134217728, "CpuShares": 512, "NanoCpus": 500000000, "CpuQuota": 0, "CpuPeriod": 0,
        "CpusetCpus": "0-2,5",
    },
    "NetworkSettings": {
        "IPAddress": "172.17.0.5",
        "Ports": {
            "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}],
            "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "53"}],
            "9000/tcp": None,
        },
    },
    "Mounts": [{"Source": "/srv", "Destination": "/data", "Mode": "z", "RW": False, "Propagation": "rprivate"}],
}  # fmt: skip
IMAGE_TOLD = {
    "Id": f"sha256:{IMAGE}",
    "RepoTags": ["registry.example:5000/shop/web:1.2"],
    "RepoDigests": [f"registry.example:5000/shop/web@{DIGEST}"],
}


@pytest.fixture
def docker_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRACER_DOCKER_SOCKET", str(tmp_path / "docker.sock"))
    return tmp_path / "docker.sock"


def told(socket: Path, container: object, **others: object) -> dict[str, object]:
    resources = {f"/containers/{ID}/json": container, f"/images/sha256:{IMAGE}/json": IMAGE_TOLD, **others}
    with http_server(socket, resources):
        answer = DockerEngine().look_up(DOCKER)
    assert answer is not None
    return dict(answer)


def test_all_that_docker_tells(docker_socket: Path) -> None:
    assert told(docker_socket, CONTAINER) == {
        "type": "docker",
        "full_id": ID,
        "name": "web",
        "is_pod_sandbox": False,
        "image": "registry.example:5000/shop/web:1.2",
        "imageid": IMAGE,
        "imagerepo": "registry.example:5000/shop/web",
        "imagetag": "1.2",
        "imagedigest": DIGEST,
        "User": "www",
        "created_time": 1685614830,
        "privileged": True,
        "host_pid": True,
        "host_network": False,
        "host_ipc": False,
        "Mounts": CONTAINER["Mounts"],
        "labels": {"team": "blue", "tier": "front"},
        "env": ["MESOS_TASK_ID=t1"],
        "ip": "172.17.0.5",
        "port_mappings": [{"HostIp": 0, "HostPort": 8080, "ContainerPort": 80}],
        "memory_limit": 67108864,
        "swap_limit": 134217728,
        "cpu_shares": 512,
        "cpu_quota": 50000,
        "cpu_period": 100000,
        "cpuset_cpu_count": 4,
        "Healthcheck": {"exe": "/bin/check", "args": ["--fast"]},
    }


def test_an_image_that_was_named_by_its_id_has_its_own_names(docker_socket: Path) -> None:
    by_id = {**CONTAINER, "Config": {"Image": IMAGE[:6]}}
    answer = told(docker_socket, by_id)
    names = [answer[key] for key in ("image", "imagerepo", "imagetag", "imagedigest")]
    assert names == [IMAGE[:6], "registry.example:5000/shop/web", "1.2", DIGEST]


def test_an_image_without_a_tag_is_the_latest(docker_socket: Path) -> None:
    answer = told(docker_socket, {**CONTAINER, "Config": {"Image": "redis"}, "Image": f"sha256:{'0' * 64}"})
    assert [answer[key] for key in ("imagerepo", "imagetag", "imagedigest")] == ["redis", "latest", ""]


def test_the_address_is_that_of_the_container_whose_network_it_uses(docker_socket: Path) -> None:
    sharing = {**CONTAINER, "NetworkSettings": {"IPAddress": ""}, "HostConfig": {"NetworkMode": "container:other"}}
    answer = told(docker_socket, sharing, **{"/containers/other/json": CONTAINER})
    assert answer["ip"] == "172.17.0.5"


def test_the_address_in_a_network_of_the_users_own(docker_socket: Path) -> None:
    settings = {"IPAddress": "", "Networks": {"shop": {"IPAddress": "10.5.0.2"}}}
    assert told(docker_socket, {**CONTAINER, "NetworkSettings": settings})["ip"] == "10.5.0.2"


def test_probes_of_kubernetes_come_before_the_health_check(docker_socket: Path) -> None:
    command = {"exec": {"command": ["/bin/live", "-q"]}}
    specification = json.dumps({"spec": {"containers": [{"name": "web", "livenessProbe": command}]}})
    labels = {"annotation.kubectl.kubernetes.io/last-applied-configuration": specification}
    config = {**CONTAINER["Config"], "Labels": labels}  # type: ignore[dict-item]
    answer = told(docker_socket, {**CONTAINER, "Config": config})
    assert answer["LivenessProbe"] == {"exe": "/bin/live", "args": ["-q"]}
    assert "Healthcheck" not in answer


def test_what_podman_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = tmp_path / "podman.sock"
    monkeypatch.setenv("TRACER_PODMAN_SOCKET", str(socket))
    container = json.loads((DATA / "podman-4.3.1-container.json").read_text())
    image = json.loads((DATA / "podman-4.3.1-image.json").read_text())
    resources = {f"/containers/{container['Id']}/json": container, f"/images/{image['Id']}/json": image}
    cgroup = f"/machine.slice/libpod-{container['Id']}.scope"
    with http_server(socket, resources):
        answer = PodmanEngine().look_up(
            ContainerReference(container["Id"][:12], container["Id"], "podman", False, cgroup, 1)
        )
    assert answer is not None
    # As `podman run --name recorded --label team=blue -v /srv:/data:ro --memory 64m --cpus 0.5 --health-cmd ...` said.
    assert answer["name"] == "recorded"
    assert answer["labels"] == {"app": "shop", "team": "blue"}
    assert (answer["image"], answer["imagetag"]) == ("localhost/probe:1", "1")
    assert answer["imagedigest"] == "sha256:f64b6bee7c35ddc0cf39a57c1a693b15c6fa6c85ada60af28ca64483d339d2b6"
    assert answer["memory_limit"] == 64 * 1024 * 1024
    assert answer["cpu_quota"] == 50_000
    assert answer["Healthcheck"] == {"exe": "/bin/sh", "args": ["-c", "/bin/check --fast"]}
    assert answer["Mounts"] == [
        {"Source": "/srv", "Destination": "/data", "Mode": "", "RW": False, "Propagation": "rprivate"}
    ]


@pytest.mark.parametrize("status", [404, 500])
def test_a_container_that_is_not_there_yet_is_asked_for_again(docker_socket: Path, status: int) -> None:
    with http_server(docker_socket, {f"/containers/{ID}/json": status}), pytest.raises(LookUpLater):
        DockerEngine().look_up(DOCKER)


def test_an_answer_that_is_no_json_is_asked_for_again(docker_socket: Path) -> None:
    docker_socket.touch()
    assert DockerEngine().look_up(DOCKER) is None  # no socket
    docker_socket.unlink()
    import socket

    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(docker_socket))
        with pytest.raises(LookUpLater):  # nobody listens
            DockerEngine().look_up(DOCKER)


def test_docker_knows_nothing_of_others_containers(docker_socket: Path) -> None:
    with http_server(docker_socket, {f"/containers/{ID}/json": CONTAINER}) as asked:
        assert DockerEngine().look_up(DOCKER._replace(type="podman")) is None
    assert asked == []


def test_a_users_own_podman_is_asked_for_the_users_containers() -> None:
    cgroup = f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope/container"
    asked = PodmanEngine()._socket(ContainerReference(ID[:12], ID, "podman", False, cgroup, 1))
    assert asked == "/run/user/1000/podman/podman.sock"
