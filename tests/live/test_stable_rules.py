"""Each of Falco's stable rules fires on what it is about, and not on what is much like it.

Falco's rules are not a part of tracer. Without them these tests run rules of our own that are about the same;
FALCO_RULES=PATH has them run the file itself.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import TRACER
from tests.live.stable_rules import K8S_ADDRESS, Workload, prepare, workloads

pytestmark = [pytest.mark.live, pytest.mark.slow]

CONTAINER_ID = "ab12" * 16
CONTROL_GROUPS = Path("/sys/fs/cgroup")
QUIET_S = 2.0
NAMES = tuple(workloads(Path()))

Alerts = set[tuple[str, str]]


@pytest.fixture(scope="module")
def cgroup() -> Iterator[Path]:
    """A control group such as docker makes for a container."""
    hierarchy = CONTROL_GROUPS if (CONTROL_GROUPS / "cgroup.controllers").exists() else CONTROL_GROUPS / "cpuacct"
    folder = hierarchy / "docker" / CONTAINER_ID
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    folder.rmdir()


@pytest.fixture(scope="module")
def alerts(tmp_path_factory: pytest.TempPathFactory, cgroup: Path) -> Alerts:
    """Which workload made which rule fire."""
    rules = os.environ.get("FALCO_RULES") or Path(__file__).with_name("stable_rules.yaml")
    tmp = tmp_path_factory.mktemp("rules")
    prepare(tmp)
    hosts = tmp / "hosts"
    hosts.write_text(Path("/etc/hosts").read_text() + f"\n{K8S_ADDRESS} kubernetes.default.svc.cluster.local\n")
    runner = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("rule_workloads.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert runner.stdin is not None and runner.stdout is not None
    assert runner.stdout.readline() == "ready\n"
    words = f"{TRACER} rules -r {rules} --pid {runner.pid} -j -p %proc.env[CASE] -o rule_matching=all"
    shell = f"mount --bind {hosts} /etc/hosts && exec {words}"
    tracing = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", shell], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert tracing.stderr is not None
    for line in tracing.stderr:
        if line.startswith("tracer: driver"):
            break
    for name, pair in workloads(tmp).items():
        for workload, kind in zip(pair, ("fires", "quiet"), strict=True):
            runner.stdin.write(json.dumps(_job(workload, f"{kind} {name}", cgroup)) + "\n")
    runner.stdin.close()
    assert runner.wait(120) == 0
    time.sleep(QUIET_S)
    tracing.send_signal(signal.SIGINT)
    out, err = tracing.communicate(timeout=30)
    found = {(alert["output_fields"]["proc.env[CASE]"], alert["rule"]) for alert in map(json.loads, out.splitlines())}
    assert found, err
    return found


def _job(workload: Workload, case: str, cgroup: Path) -> dict[str, object]:
    return {
        "words": list(workload.words),
        "case": case,
        "executable": workload.executable,
        "cwd": workload.cwd,
        "terminal": workload.terminal,
        "cgroup": str(cgroup) if workload.in_container else "",
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_stable_rule_fires_on_what_it_is_about(alerts: Alerts, name: str) -> None:
    assert (f"fires {name}", name) in alerts


@pytest.mark.parametrize("name", NAMES)
def test_a_stable_rule_does_not_fire_on_what_is_much_like_it(alerts: Alerts, name: str) -> None:
    assert (f"quiet {name}", name) not in alerts
