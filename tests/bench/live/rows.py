"""All rows about live capture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.bench.live.floods import floods
from tests.bench.live.left_out import left_out
from tests.bench.live.overhead import overhead
from tests.bench.live.resources import resources
from tests.bench.live.tools import Tools
from tests.bench.rows import Result


def live_rows(folder: Path, rounds: int) -> list[Callable[[], list[Result]]]:
    """What is measured; `folder` is for programs and files of their own. Needs root and BPF."""
    tools = Tools.build(folder)
    return [
        *overhead(tools, rounds),
        *left_out(tools, rounds),
        *floods(tools, folder),
        *resources(tools, folder, rounds),
    ]
