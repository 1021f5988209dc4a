"""The corpus of filters, and what sysdig and the engine select with one."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tracer.core._engine import CaptureSource, Format, Session
from tracer.core.filter import compile_filter

CORPUS = Path(__file__).with_name("filters.txt")


@dataclass(frozen=True)
class Entry:
    """A filter, and one that means the same to sysdig."""

    text: str
    for_sysdig: str


def read_corpus(path: Path = CORPUS) -> list[Entry]:
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            text, _, for_sysdig = line.partition(" ~~ ")
            entries.append(Entry(text, for_sysdig or text))
    return entries


def selected_by_sysdig(capture: Path, text: str) -> list[int]:
    """Numbers of the events that sysdig prints. Raises ValueError with what it says where it refuses the filter."""
    done = subprocess.run(
        ["sysdig", "-r", capture, "-p", "%evt.num", text], capture_output=True, text=True, check=False
    )
    if done.returncode or done.stderr:
        raise ValueError(f"sysdig, {text!r}: {done.stderr.strip()}")
    return [int(number) for number in done.stdout.split()]


def selected_by_engine(capture: Path, text: str) -> list[int]:
    """Numbers of the events that the engine prints."""
    session = Session(CaptureSource(str(capture)), compile_filter(text))
    line = Format.line("%evt.num")
    with tempfile.TemporaryFile() as output:
        while session.run(format=line, output_fd=output.fileno()):
            pass
        output.seek(0)
        return [int(number) for number in output.read().split()]
