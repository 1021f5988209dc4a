"""What programs and captures say of containers becomes fields of the events inside them."""

from __future__ import annotations

from pathlib import Path

import pytest

import tracer
from tests import capture_builder as build
from tests.container_capture import DESCRIBED, ID, SHORT, container_event, write
from tracer.core._engine import CaptureSource, Session

POD_PATH = f"/kubepods.slice/kubepods-pod1d5f.slice/cri-containerd-{ID}.scope"


def test_a_provider_is_told_of_containers_and_says_what_it_knows(tmp_path: Path) -> None:
    capture = write(tmp_path / "one.scap", paths=(POD_PATH, POD_PATH))
    with tracer.open(capture) as events:
        first = next(events)
        assert first.thread is not None
        assert first.thread.container_id == SHORT
        assert (first["container.type"], first["container.name"], first["container.image"]) == (
            "containerd",
            None,
            None,
        )
        assert events.new_containers() == [SHORT]
        events.set_container({"id": SHORT, "type": "containerd", "name": "shop", "image": "app:1"})
        second = next(events)
        assert (second["container.name"], second["container.image"]) == ("shop", "app:1")
        assert events.new_containers() == []


def test_a_provider_can_give_any_field_by_its_name(tmp_path: Path) -> None:
    capture = write(tmp_path / "one.scap", paths=(POD_PATH, "/"))
    fields = {"k8s.deployment.name": "shop", "k8s.ns.label.team": "blue", "k8s.svc.labels": "a:b, c"}
    with tracer.open(capture) as events:
        events.set_container({"id": SHORT, "fields": fields})
        inside = next(events)
        assert [inside[name] for name in fields] == list(fields.values())
        assert inside["k8s.deployment.id"] is None
        assert inside["k8s.ns.label.other"] is None
        assert next(events)["k8s.deployment.name"] is None


def test_fields_that_only_current_libs_have(tmp_path: Path) -> None:
    more = {"host_pid": False, "host_network": True, "host_ipc": False, "cni_json": '{"eth0": 1}'}
    capture = write(tmp_path / "one.scap", DESCRIBED | more, paths=(POD_PATH,))
    with tracer.open(capture) as events:
        event = next(events)
        assert event["container.full_id"] == ID
        assert event["container.ip"] == event["k8s.pod.ip"] == "172.17.0.2"
        assert event["container.cni.json"] == '{"eth0": 1}'
        assert event["container.label.app"] == "shop"
        assert event["container.label.io.kubernetes.pod.name"] == "shop-1"
        assert event["container.labels"].startswith("app:shop, io.kubernetes.pod.name:shop-1, ")
        assert event["k8s.pod.uid"] == "1d5f"
        assert event["k8s.pod.sandbox_id"] == "5a5a5a5a5a5a"
        assert event["k8s.pod.full_sandbox_id"] == "5a5a5a5a5a5a" * 3
        assert (event["container.host_pid"], event["container.host_network"]) == (False, True)


@pytest.mark.parametrize(("ancestor", "expected"), [(7, True), (1, False)])
def test_a_health_probe_is_what_its_container_started_by_its_first_process_is_not(
    ancestor: int, expected: bool, tmp_path: Path
) -> None:
    common = {"cgroups": b"cpu=%s\0" % POD_PATH.encode()}
    first = build.ThreadFields(tid=100, pid=100, vtid=ancestor, vpid=ancestor, ptid=0, **common)
    probe = build.ThreadFields(
        tid=101, pid=101, ptid=100, vtid=9, vpid=9, exe=b"/bin/check", args=b"--fast\0now\0", **common
    )
    capture = tmp_path / "probe.scap"
    events = [container_event(DESCRIBED, build.START), build.close_enter(time=build.START + 1, tid=101)]
    capture.write_bytes(build.capture(build.threads(9, first, probe), *events))
    with tracer.open(capture) as stream:
        event = next(stream)
        assert event["proc.is_container_healthcheck"] is expected
        assert event["proc.is_container_liveness_probe"] is False


FURTHER_PATHS = {
    f"/libpod_parent/libpod-{ID}": ("podman", SHORT),
    f"/machine.slice/libpod-{ID}.scope/container/init.scope": ("podman", SHORT),
    f"/machine.slice/libpod-conmon-{ID}.scope": (None, "host"),
    f"/docker/{ID}/system.slice/cron.service": ("docker", SHORT),
    f"/system.slice/docker-{ID}.scope/init.scope": ("docker", SHORT),
    f"/system.slice/nerdctl-{ID}.scope": ("containerd", SHORT),
    "/default/web-front-end-1": ("containerd", "web-front-end-1"),
    "/default": (None, "host"),
    "/machine.slice/systemd-nspawn@deb\\x2d12.service/payload": ("systemd-nspawn", "deb-12"),
    "/machine.slice/machine-build.scope/payload/init.scope": ("systemd-nspawn", "build"),
    "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope": (None, "host"),
    "/machine.slice": (None, "host"),
    f"/kubepods.slice/crio-conmon-{ID}.scope": (None, "host"),
}
"""Paths of control groups that sysdig 0.29.3 takes for the host's: type and id of the container."""


@pytest.mark.parametrize("path", FURTHER_PATHS)
def test_containers_in_further_control_groups(path: str, tmp_path: Path) -> None:
    with tracer.open(write(tmp_path / "one.scap", paths=(path,))) as events:
        event = next(events)
        type = None if event["container.type"] == "host" else event["container.type"]
        assert (type, event["container.id"]) == FURTHER_PATHS[path]


def test_a_bare_id_says_not_which_runtime_it_is_of(tmp_path: Path) -> None:
    with tracer.open(write(tmp_path / "one.scap", paths=(f"/kubepods/besteffort/pod1d5f-22/{ID}",))) as events:
        event = next(events)
        assert (event["container.id"], event["container.type"], event["container.name"]) == (SHORT, None, None)


NO_CONTAINERS = (
    "", "{", "[]", "1", '{"container": {}}', '{"container": {"id": 5', "[" * 100_000, '{"container": {"id": "\\u12"}}',
)  # fmt: skip


@pytest.mark.parametrize("json", NO_CONTAINERS)
def test_what_is_no_container_is_refused(json: str, captures: Path) -> None:
    session = Session(CaptureSource(str(captures / "07-tiny.scap")))
    with pytest.raises(ValueError, match="container"):
        session.set_container(json)


def test_texts_of_json_come_out_as_they_were_meant(tmp_path: Path) -> None:
    capture = write(tmp_path / "one.scap", paths=(POD_PATH,))
    name = 'quote " backslash \\ slash / tab \t é € 😀'
    with tracer.open(capture) as events:
        events.set_container({"id": SHORT, "name": name})
        assert next(events)["container.name"] == name
