"""What the kernel leaves out by a filter would not have been printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.filter_corpus import read_corpus
from tests.live import workload_program
from tests.live.two_plans import FIELDS, outcomes
from tracer.core.cli.held_command import HeldCommand
from tracer.core.driver import Plan
from tracer.core.filter import compile_filter, parse
from tracer.core.plan import plan_for

pytestmark = pytest.mark.live

TOGETHER = 6
"""So many filters are tried on one run of the workload."""

FILTERS = [
    "proc.name=workload",
    "proc.name!=workload",
    "not proc.name startswith work",
    "proc.name in (workload, renamed, true)",
    "proc.name=nosuch or evt.failed=true",
    "evt.type=openat and evt.failed=true",
    "evt.res=ENOENT and evt.dir=<",
    "evt.res in (EAGAIN, EBADF, SUCCESS) and not evt.type=close",
    "evt.rawres < -2 or evt.rawres in (3, 4)",
    "evt.rawres >= 1 and not evt.rawres > 100",
    "fd.num=3",
    "not fd.num in (0, 1, 2, 3, -1)",
    "fd.num < 0 or fd.num > 100",
    "evt.rawarg.size >= 8 and evt.buflen < 100",
    "evt.buflen.in > 0",
    "evt.rawarg.fd = 4 or evt.rawarg.fd = -1",
    "evt.rawarg.length > 100000 or evt.rawarg.pid = 0 or evt.rawarg.sig = 9",
    "evt.rawarg.path startswith /proc or evt.rawarg.name startswith /etc",
    "evt.rawarg.path = . or evt.rawarg.name = /dev/null",
    "not evt.rawarg.path startswith /",
    "user.uid=0",
    "user.uid!=0 or group.gid!=0",
    "group.gid > 0 and evt.dir=<",
    "proc.ppid = 1",
    "fd.port < 1024",
    "fd.port != 53 and fd.ip = 127.0.0.1",
    "fd.net = 127.0.0.0/8 and not evt.rawres > 1",
    "fd.sport > 1024 or fd.ip != 127.0.0.1",
    "evt.dir=> and fd.num=3",
    "evt.latency > 0 and fd.num=3 and evt.failed=false",
    "evt.type in (getppid, read, kill) and (proc.name=workload or evt.rawres=0)",
]


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workload_program.build(tmp_path_factory.mktemp("workload"))


def both_plans(text: str) -> tuple[Plan, Plan]:
    plan = plan_for(parse(text), FIELDS, compiled=compile_filter(text), buffer_bytes=16 << 20)
    return plan, plan._replace(predicate=None)


def batches(texts: list[str]) -> list[list[str]]:
    return [texts[start : start + TOGETHER] for start in range(0, len(texts), TOGETHER)]


def check(workload: Path, texts: list[str], folder: Path) -> int:
    """Tries filters; how many of the events the kernel left out."""
    command = HeldCommand([str(workload), str(folder)])
    plans = [(text, *both_plans(text)) for text in texts]
    left_out = 0
    for text, (with_it, without) in zip(texts, outcomes(command, plans, folder), strict=True):
        assert with_it.lines == without.lines, text
        assert with_it.events_read <= without.events_read, text
        left_out += without.events_read - with_it.events_read
    return left_out


@pytest.mark.parametrize("texts", batches(FILTERS), ids=lambda texts: texts[0])
def test_what_the_kernel_leaves_out_would_not_have_passed(workload: Path, tmp_path: Path, texts: list[str]) -> None:
    assert check(workload, texts, tmp_path) > 0


CORPUS = [entry.text for entry in read_corpus() if both_plans(entry.text)[0].predicate is not None]


@pytest.mark.slow
@pytest.mark.parametrize("texts", batches(CORPUS), ids=lambda texts: texts[0])
def test_the_corpus_of_filters_gives_the_same_lines(workload: Path, tmp_path: Path, texts: list[str]) -> None:
    check(workload, texts, tmp_path)
