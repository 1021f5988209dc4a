"""Time that a system call takes on this machine's own kernel, alone and under tracers."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.overhead.guest import TRACER, Costs, compile_calls, parse

TURNS = ("20", "5000")
"""Batches, whose least is taken, and turns in each."""
ROUNDS = 5
TRACERS: dict[str, list[str]] = {
    "nothing": [],
    "CO-RE probe, text": [str(TRACER), "--driver", "ebpf"],
    "CO-RE probe, recording": [str(TRACER), "--driver", "ebpf", "-w", "/dev/null"],
}


def measure() -> dict[str, Costs]:
    """Nanoseconds by tracer and work: medians of rounds in which each has its turn."""
    with tempfile.TemporaryDirectory() as folder:
        calls = Path(folder, "calls")
        compile_calls(calls)
        rounds = [
            {name: run(calls, command) for name, command in TRACERS.items()}
            | {"strace": parse(said(["strace", "-f", "-o", "/dev/null", str(calls), "2", "300"]))}
            for _ in range(ROUNDS)
        ]
    first = rounds[0]
    return {name: {work: median(one[name][work] for one in rounds) for work in first[name]} for name in first}


def run(calls: Path, command: list[str]) -> Costs:
    """Costs while a tracer traces the machine, and consumes what it records."""
    if not command:
        return parse(said([str(calls), *TURNS]))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        try:
            for line in tracer.stderr:
                if "driver" in line:
                    break
            costs = parse(said([str(calls), *TURNS]))
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.stderr.read()
    return costs


def said(command: list[str]) -> str:
    """What a command prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
