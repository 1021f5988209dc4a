"""The programs that the live rows stand on: a workload, and the least that tracing can cost, each on its own CPU."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import TRACER
from tracer.drivers.ebpf.builder import INCLUDE_DIRECTORIES, PROBE, compiler_command, find_tools

HERE = Path(__file__).parent
TRACED_CPU, READER_CPU = 0, 1
STATISTICS = re.compile(r"Events seen: (\d+), passed: \d+, dropped: (\d+)")


@dataclass
class Counts:
    """What a tracer said at its end."""

    seen: int = 0
    dropped: int = 0
    peak_kib: int = 0
    """The most memory it had."""


@dataclass(frozen=True)
class Tools:
    """Compiled programs."""

    workload: Path
    limit: Path
    limit_object: Path

    @classmethod
    def build(cls, folder: Path) -> Tools:
        """Compiles them into `folder`. Raises CalledProcessError, BuildError."""
        tools = cls(folder / "workload", folder / "limit", folder / "limit.bpf.o")
        _run(["cc", "-O2", "-o", tools.workload, HERE / "workload.c"])
        _run(["cc", "-O2", "-o", tools.limit, HERE / "limit.c", "-lbpf"])
        clang, headers = find_tools(None, INCLUDE_DIRECTORIES)
        options = compiler_command(clang, folder, headers, PROBE)[1:-2]
        _run([clang, *options, "-c", HERE / "limit.bpf.c", "-o", tools.limit_object])
        return tools

    def cost(self, work: str) -> float:
        """Nanoseconds that one turn of a work takes."""
        return float(self._said("cost", work))

    def flood(self, work: str, seconds: float, rate: float = 0) -> float:
        """Turns a second of a work; `rate` is what it is held to, 0: nothing."""
        turns, taken = self._said("flood", work, str(seconds), str(rate)).split()
        return int(turns) / float(taken)

    def _said(self, *words: str) -> str:
        return subprocess.check_output([self.workload, str(TRACED_CPU), *words], text=True)

    @contextmanager
    def limit_attached(self, program: str) -> Iterator[None]:
        """A program of limit.bpf.c is attached, and drained on the other CPU."""
        command = [self.limit, self.limit_object, program, str(READER_CPU)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdin is not None and running.stdout is not None
            if running.stdout.readline() != "attached\n":
                raise RuntimeError(f"the program {program} of {self.limit_object} could not be attached")
            try:
                yield
            finally:
                running.stdin.close()


@contextmanager
def tracing(*options: str, filter: str = "") -> Iterator[Counts]:
    """tracer records this machine on the other CPU, into nowhere; what it gives is filled in at its end."""
    counts = Counts()
    command = ["taskset", "-c", str(READER_CPU), str(TRACER), "-v", *options, *filter.split()]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        said = ""
        for line in running.stderr:
            said += line
            if line.startswith("tracer: driver"):
                break
        try:
            yield counts
        finally:
            time.sleep(0.2)  # what was recorded last is taken too
            status = Path(f"/proc/{running.pid}/status")
            peak = re.search(r"^VmHWM:\s*(\d+) kB$", status.read_text(), re.MULTILINE) if status.exists() else None
            running.send_signal(signal.SIGINT)
            said += running.stderr.read()
    match = STATISTICS.search(said)
    if match is None:
        print(said, file=sys.stderr)
        raise RuntimeError("tracer did not say what it has seen")
    counts.seen, counts.dropped = map(int, match.groups())
    counts.peak_kib = int(peak[1]) if peak else 0


def _run(command: list[str | Path]) -> None:
    subprocess.run(command, check=True)
