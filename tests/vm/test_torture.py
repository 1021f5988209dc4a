"""What the module has to survive: floods, changing plans, consumers that are slow, killed or hostile, a CPU that goes
away, being unloaded while in use, and being loaded and unloaded again and again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import REPOSITORY, BootGuest
from .machine import Machine

FLOOD = Path(__file__).with_name("flood.c")
ROUNDS = 200
# Pages come and go with whatever else the guest does. A leak of one page in each round is more than that.
TOLERANCE_KIB = 4 * ROUNDS // 2


@pytest.fixture(scope="module")
def tortured(kernel: Any, module: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The report of torture.py, and what the kernel complained of. The kernel's allocator checks all it is given."""
    with Machine(kernel, tmp_path_factory.mktemp("tortured"), cpus=2, append="slub_debug=FZPU") as guest:
        flood = guest.share / "flood"
        subprocess.run(["cc", "-O2", "-Wall", "-o", flood, FLOOD], check=True)
        words = [sys.executable, "-m", "tests.vm.torture", str(flood), str(module), str(ROUNDS)]
        ran = guest.run(f"cd {REPOSITORY}; {' '.join(words)}", timeout_s=400)
        print(ran.err)
        log = guest.run("dmesg --level=err,warn,crit,alert,emerg").lines
        return json.loads(ran.lines[-1]), guest.complaints(), log


def test_counts_are_exact_whatever_a_consumer_does(tortured: Any, capsys: pytest.CaptureFixture[str]) -> None:
    report, _, _ = tortured
    for name, counts in report["consumers"].items():
        with capsys.disabled():
            print(f"\n{name}: {json.dumps({**counts, 'drops_by_syscall': len(counts['drops_by_syscall'])})}", end="")
        assert counts["seen"] == counts["emitted"] + counts["dropped"], name
        assert counts["delivered"] == counts["emitted"] > 0, name
        assert sum(counts["drops"].values()) == counts["dropped"] == sum(counts["drops_by_syscall"].values()), name
        assert counts["steps"] > 1, name


def test_a_slow_consumer_loses_records_of_its_own_only(tortured: Any) -> None:
    report, _, _ = tortured
    assert report["consumers"]["slow"]["drops"]["ring full"] > 100


def test_calls_on_a_cpu_that_came_later_are_counted_as_dropped(tortured: Any) -> None:
    report, _, _ = tortured
    assert report["consumers"]["without a CPU"]["drops"]["no ring for the CPU"] > 0


def test_unloading_is_refused_while_there_are_consumers(tortured: Any) -> None:
    report, _, _ = tortured
    status, said = report["unload"]
    assert status != 0
    assert "in use" in said


def test_all_memory_is_given_back(tortured: Any, capsys: pytest.CaptureFixture[str]) -> None:
    report, _, _ = tortured
    assert report["leaks"] == []
    before, after = report["memory"]
    with capsys.disabled():
        print(f"\nmemory in KiB before and after {ROUNDS} rounds: {before} {after}", end="")
    assert {name: after[name] - before[name] for name in before if after[name] - before[name] > TOLERANCE_KIB} == {}


def test_the_kernel_has_nothing_to_complain_of(tortured: Any) -> None:
    _, complaints, log = tortured
    assert complaints == []
    assert [line for line in log if "tracer" in line and "taint" not in line] == []


def test_tracers_that_start_at_once_share_one_module(boot: BootGuest, module: Path) -> None:
    tracer = Path(sys.executable).with_name("tracer")
    guest = boot()
    command = f"{tracer} run -q --driver kmod:{module} -- true"
    guest.run(f"{command} & first=$!; {command} & second=$!; wait $first && wait $second", timeout_s=120)
    guest.run("rmmod tracer")
    assert guest.complaints() == []
