"""The workload: a program that makes every system call there is, see workload/main.c."""

from __future__ import annotations

import subprocess
from pathlib import Path

SOURCES = Path(__file__).with_name("workload")


def build(folder: Path) -> Path:
    """Compiles it into `folder`."""
    program = folder / "workload"
    sources = sorted(SOURCES.glob("*.c"))
    subprocess.run(["cc", "-D_GNU_SOURCE", "-O1", "-Wall", "-Werror", "-o", program, *sources, "-lpthread"], check=True)
    return program
