"""How long things take: side by side, in turns, medians."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Command = Sequence[str | Path]

ATTEMPTS = 2
"""How often a missed target is measured anew before it is called missed."""


@dataclass(frozen=True)
class Clock:
    """What counts as time: that on the wall, or, on a machine that is busy with other things, that of the processor."""

    cpu: bool = False
    rounds: int = 5
    """How many runs the medians are of."""

    def seconds(self, command: Command) -> float:
        """How long a command takes. Raises CalledProcessError."""
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert process.stderr is not None
        with process.stderr:
            errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        elapsed = time.perf_counter() - start
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, list(map(str, command)), stderr=errors)
        return usage.ru_utime + usage.ru_stime if self.cpu else elapsed

    def median(self, command: Command) -> float:
        """The median of several runs."""
        return median(self.seconds(command) for _ in range(self.rounds))

    def side_by_side(self, ours: Command, theirs: Command) -> tuple[float, float]:
        """Medians of both, run in turns, so that what else the machine does hits both alike."""
        pairs = [(self.seconds(ours), self.seconds(theirs)) for _ in range(self.rounds)]
        return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def kernel_version() -> str:
    """The running kernel's version, without what its builder added."""
    return ".".join(platform.release().split(".")[:2])
