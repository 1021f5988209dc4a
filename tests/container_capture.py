"""A capture of processes in containers: each in control groups as one runtime names them."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from tests import capture_builder as build

ID = "0123456789abcdef" * 4
OTHER_ID = "fedcba9876543210" * 4
SHORT, OTHER_SHORT = ID[:12], OTHER_ID[:12]
SANDBOX_ID = "5a5a5a5a5a5a"

PATHS = {
    f"/docker/{ID}": SHORT,
    f"/system.slice/docker-{ID}.scope": SHORT,
    f"/kubepods/besteffort/pod1d5f-22/{ID}": SHORT,
    f"/kubepods.slice/kubepods-pod1d5f.slice/docker-{ID}.scope": SHORT,
    f"/machine.slice/libpod-{ID}.scope": SHORT,
    f"/kubepods.slice/kubepods-pod1d5f.slice/cri-containerd-{ID}.scope": SHORT,
    f"/kubepods.slice/kubepods-pod1d5f.slice/crio-{ID}.scope": SHORT,
    f"/kubepods/pod1d5f/crio-{ID}": SHORT,
    f"/system.slice/kubepods-pod1d5f.slice:cri-containerd:{ID}": SHORT,
    "/lxc/web": "web",
    "/lxc/web/init.scope": "web",
    "/lxc.payload/web/system.slice": "web",
    "/machine/db.libvirt-lxc": "db",
    "/libvirt/lxc/db": "db",
    "/system.slice/bpm-uaa.scope": "uaa",
    "/": "host",
    "/user.slice/user-1000.slice/session-2.scope": "host",
    f"/docker/{ID[:-1]}": "host",
    f"/docker/{ID}0": "host",
    "/docker/" + "x" * 64: "host",
}
"""Path of the control group, and the container's id."""

DESCRIBED = {
    "id": SHORT,
    "full_id": ID,
    "type": 0,
    "name": "nice_name",
    "image": "registry/app:1.2",
    "imageid": "sha256abc",
    "imagerepo": "registry/app",
    "imagetag": "1.2",
    "imagedigest": "sha256:def",
    "privileged": True,
    "is_pod_sandbox": False,
    "lookup_state": 1,
    "created_time": 1_600_000_000,
    "Mounts": [
        {"Source": "/srv/data", "Destination": "/data", "Mode": "Z", "RW": True, "Propagation": "rprivate"},
        {"Source": "/etc/app", "Destination": "/config", "Mode": "", "RW": False, "Propagation": "rslave"},
    ],
    "Healthcheck": {"exe": "/bin/check", "args": ["--fast", "now"]},
    "LivenessProbe": {"exe": "/bin/live", "args": []},
    "ip": "172.17.0.2",
    "port_mappings": [],
    "labels": {
        "app": "shop",
        "io.kubernetes.pod.name": "shop-1",
        "io.kubernetes.pod.namespace": "prod",
        "io.kubernetes.pod.uid": "1d5f",
        "io.kubernetes.sandbox.id": SANDBOX_ID * 3,
    },
    "env": [],
    "metadata_deadline": 0,
}
SANDBOX = DESCRIBED | {"id": SANDBOX_ID, "name": "pause", "labels": {"tier": "front", "io.kubernetes.x": "no", "z": ""}}


def container_event(container: dict[str, object], time: int) -> bytes:
    text = json.dumps({"container": container}).encode() + b"\0"
    record = build.event(build.CONTAINER_JSON_2_E, text, time=time, tid=-1, size="I")
    return build.event_block(record, build.EVENT_V2_LARGE)


def write(path: Path, *containers: dict[str, object], paths: tuple[str, ...] = tuple(PATHS)) -> Path:
    """A capture where the process 100 + n is in the control group `paths[n]`, and each closes a descriptor."""
    processes = [
        build.ThreadFields(
            tid=100 + at, pid=100 + at, vtid=100 + at, vpid=100 + at, comm=b"app", exe=b"app",
            cgroups=b"cpuset=/\0cpu=%s\0memory=%s\0" % (each.encode(), each.encode()),
        )
        for at, each in enumerate(paths)
    ]  # fmt: skip
    tail = struct.pack("<IB", 0xFFFFFFFF, 0)
    events = [container_event(each, build.START) for each in containers]
    events += [build.close_enter(time=build.START + 1 + at, tid=100 + at) for at in range(len(paths))]
    path.write_bytes(build.capture(build.threads(9, *processes, tail=tail), *events))
    return path
