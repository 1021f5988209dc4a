"""Memory, and the times that a user waits."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.bench.enlarge import enlarge
from tests.bench.live.tools import Tools, tracing
from tests.bench.rows import Result
from tests.conftest import CAPTURES, TRACER

FLAT = 1.05
SHORT_S, LONG_S = 2.0, 10.0
IDLE_S = 5.0


def resources(tools: Tools, folder: Path, rounds: int) -> list[Callable[[], list[Result]]]:
    """Rows about memory and waiting."""
    return [
        lambda: live_memory_rows(tools),
        lambda: reading_memory_rows(folder),
        lambda: waiting_rows(rounds),
        lambda: [idle_row()],
    ]


def memory_rows(name: str, short_kib: int, long_kib: int, limit_mib: int) -> list[Result]:
    """The most that is taken, and whether more work takes more."""
    size, growth = long_kib / 1024, long_kib / short_kib
    return [
        Result(f"memory, {name}", f"{size:.0f} MiB", "", size, limit_mib, "MiB", smaller_is_better=True),
        Result(
            f"memory, {name}, five times as much",
            f"{size:.0f} MiB",
            f"{short_kib / 1024:.0f} MiB",
            growth,
            FLAT,
            "x the least",
            smaller_is_better=True,
        ),
    ]


def live_memory_rows(tools: Tools) -> list[Result]:
    """Under a flood."""
    peaks = []
    for seconds in (SHORT_S, LONG_S):
        with tracing("-q") as counts:
            tools.flood("getppid", seconds)
        peaks.append(counts.peak_kib)
    return memory_rows("live", peaks[0], peaks[1], 90)


def reading_memory_rows(folder: Path) -> list[Result]:
    """Of a capture."""
    peaks = []
    for times in (100, 500):
        path = folder / "memory.scap"
        enlarge(CAPTURES / "07-tiny.scap", path, times)
        reader = subprocess.Popen([TRACER, "-r", path], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(reader.pid, 0)
        reader.returncode = os.waitstatus_to_exitcode(status)
        if reader.returncode != 0:
            raise RuntimeError(f"tracer -r ended with {reader.returncode}")
        peaks.append(usage.ru_maxrss)
    return memory_rows("reading", peaks[0], peaks[1], 60)


def waiting_rows(rounds: int) -> list[Result]:
    """From the start to the first line, and from Ctrl-C to the end."""
    firsts, stops = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        with subprocess.Popen([TRACER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
            assert running.stdout is not None
            running.stdout.read(1)
            firsts.append((time.perf_counter() - start) * 1000)
            # It is stopped while somebody reads: what it waits for is not the pipe.
            os.set_blocking(running.stdout.fileno(), True)
            end = time.perf_counter() + 0.5
            while time.perf_counter() < end:
                os.read(running.stdout.fileno(), 1 << 16)
            start = time.perf_counter()
            running.send_signal(signal.SIGINT)
            while os.read(running.stdout.fileno(), 1 << 16):
                pass
            running.wait()
            stops.append((time.perf_counter() - start) * 1000)
    return [
        Result(name, f"{ms:.0f} ms", "", ms, limit, "ms", smaller_is_better=True)
        for name, ms, limit in (
            ("first live line after the start", median(firsts), 500),
            ("end after Ctrl-C", median(stops), 200),
        )
    ]


def idle_row() -> Result:
    """Processor time where nothing happens of what is traced."""
    with subprocess.Popen([TRACER, "run", "-q", "--", "sleep", str(IDLE_S + 2)], stderr=subprocess.DEVNULL) as running:
        time.sleep(1.5)
        before = _processor_s(running.pid)
        time.sleep(IDLE_S)
        percent = (_processor_s(running.pid) - before) / IDLE_S * 100
        running.wait()
    return Result("processor while nothing happens", f"{percent:.2f} %", "", percent, 1, "%", smaller_is_better=True)


def _processor_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(words[0]) / 1e9
