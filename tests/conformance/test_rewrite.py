"""Captures written again, as sysdig reads them: it prints of the copy what it prints of the original."""

from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path

import pytest

from tests import capture_builder as build
from tracer.core._engine import CaptureSource, CaptureWriter, Session

pytestmark = pytest.mark.sysdig

CAPTURES = Path(__file__).parent.parent / "captures"
BUNDLED = sorted(CAPTURES.glob("*.scap*"))
PLAIN = CAPTURES / "08-filter-cat.scap"
FIELDS = (
    "*%evt.num %evt.type %proc.pid %proc.ppid %proc.sid %proc.vpid %proc.vpgid %proc.name %proc.exe %proc.exepath"
    " %proc.cwd %proc.args %proc.env"
    " %proc.aname[2] %proc.fdlimit %proc.fdopencount %proc.nthreads %proc.is_exe_writable"
    " %thread.cgroups %thread.vtid %thread.vmsize %thread.vmrss %thread.pfmajor %thread.pfminor %container.id"
    " %user.uid %user.name %user.homedir %user.shell %user.loginuid %group.gid %group.name"
    " %fd.name %fd.type %fd.typechar %fd.l4proto %fd.cip %fd.cport %fd.sip %fd.sport %fd.is_server %fd.containername"
)


def sysdig(path: Path, *options: str) -> bytes:
    environment = os.environ | {"TZ": "UTC"}
    done = subprocess.run(["sysdig", "-r", path, *options], capture_output=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    return done.stdout


def rewrite(source: Path, target: Path, compress: bool) -> None:
    session = Session(CaptureSource(str(source)))
    writer = CaptureWriter(str(target), compress, session)
    while session.run(writer=writer):
        pass
    writer.close()


def old_capture() -> bytes:
    """As sysdig wrote them before interfaces, users and events got lengths and counts."""
    interface = struct.pack("<HH", 1, 4) + build.address("10.0.2.15") + bytes(16) + b"eth0"
    user = struct.pack("<BII", 0, 1000, 1001) + build.text(b"me") + build.text(b"/home/me") + build.text(b"/bin/sh")
    connection = build.address("10.0.2.15") + build.address("1.2.3.4") + struct.pack("<HHB", 40816, 80, 2)
    descriptors = build.descriptor(3, 3, connection) + build.descriptor(4, 1, build.text(b"/etc/hosts"))
    closes = [
        build.event_block(build.event(kind, struct.pack("<q", value), time=build.START + i, version=1), build.EVENT)
        for i, (kind, value) in enumerate([(4, 3), (5, 0), (4, 4), (5, 0), (4, 9), (5, -9)])
    ]
    reads = [
        build.event_block(build.event(6, struct.pack("<q", 4), struct.pack("<I", 99), version=1), build.EVENT),
        build.event_block(build.event(7, struct.pack("<q", 5), b"hello", version=1), build.EVENT),
    ]
    return build.capture(
        build.machine(),
        build.block(build.INTERFACES, interface),
        build.block(build.USERS, user),
        build.threads(5),
        build.block(build.DESCRIPTORS, struct.pack("<q", 100) + descriptors),
        *reads,
        *closes,
    )


@pytest.fixture(params=[*BUNDLED, "old", "joined"], ids=lambda param: getattr(param, "name", param))
def original(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if isinstance(request.param, Path):
        return request.param
    path = tmp_path / "original.scap"
    path.write_bytes(old_capture() if request.param == "old" else old_capture() + PLAIN.read_bytes())
    return path


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_sysdig_prints_of_a_rewritten_capture_what_it_prints_of_the_original(
    original: Path, tmp_path: Path, compress: bool
):
    copy = tmp_path / "copy.scap"
    rewrite(original, copy, compress)
    expected = sysdig(original)
    assert expected.count(b"\n") > 5
    assert sysdig(copy) == expected
    assert sysdig(copy, "-p", FIELDS) == sysdig(original, "-p", FIELDS)
