"""Floods from one CPU, with a reader that keeps full state on the other and buffers of the default size."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.bench.live.overhead import drops_row
from tests.bench.live.tools import TRACED_CPU, Tools, tracing
from tests.bench.rows import Result

TREE = "/usr/include"
LIBS_RATES = {"getppid": 2.5, TREE: 0.6}
"""M events a second that falcosecurity/libs takes with full state, where a bare getppid takes BARE_NS."""
BARE_NS = 137
BETTER_THAN_LIBS = 1.2
SECONDS = 5.0
NAMES = {TREE: "stat over a tree"}


def floods(tools: Tools, folder: Path) -> list[Callable[[], list[Result]]]:
    """Rows about rates that are taken without loss."""
    return [
        lambda: flood_rows(tools, "getppid"),
        lambda: flood_rows(tools, TREE),
        lambda: http_rows(tools),
        lambda: compile_rows(folder),
        lambda: text_rows(tools),
    ]


def flood_rows(tools: Tools, work: str) -> list[Result]:
    """As fast as one CPU makes calls."""
    scale = BARE_NS / tools.cost("getppid")
    with tracing("-q") as counts:
        rate = tools.flood(work, SECONDS) / 1e6
    name, target = f"flood: {NAMES.get(work, work)}", LIBS_RATES[work] * scale
    return [
        Result(
            name,
            f"{rate:.2f} M events/s",
            f"{target:.2f} M events/s (libs, scaled)",
            rate / target,
            BETTER_THAN_LIBS,
            "x libs",
        ),
        drops_row(f"{name}, drops", counts.dropped),
    ]


def http_rows(tools: Tools) -> list[Result]:
    """Requests to a server on the same CPU."""
    with tracing("-q") as counts:
        tools.flood("http", SECONDS)
    return [drops_row(f"flood: local HTTP, {counts.seen / SECONDS / 1e6:.2f} M events/s, drops", counts.dropped)]


def compile_rows(folder: Path) -> list[Result]:
    """A compiler and what it starts."""
    source = folder / "compiled.c"
    source.write_text('#include <stdio.h>\n#include <stdlib.h>\nint main(void) { puts(getenv("HOME")); }\n')
    with tracing("-q") as counts:
        for _ in range(20):
            command = ["taskset", "-c", str(TRACED_CPU), "cc", "-o", source.with_suffix(""), source]
            subprocess.run(command, check=True, env={**os.environ, "TMPDIR": str(folder)})
    return [drops_row(f"flood: compile job, {counts.seen} events, drops", counts.dropped)]


def text_rows(tools: Tools) -> list[Result]:
    """Lines of text, at a rate that is held."""
    with tracing() as counts:
        rate = tools.flood("getppid", SECONDS, 1e6) / 1e6
    return [
        Result("live text", f"{rate:.2f} M events/s", "", rate, 0.97, "M events/s"),
        drops_row("live text, drops", counts.dropped),
    ]
