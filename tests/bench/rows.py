"""What is measured, and what it has to reach."""

from __future__ import annotations

import gzip
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.enlarge import enlarge
from tests.bench.measure import ATTEMPTS, Clock, Command
from tests.conftest import CAPTURES, TRACER

COMPLEX = "(evt.type in (open, openat, nanosleep) and fd.name contains nosuch) or (proc.name=nosuch and evt.dir=<)"


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    work: str
    ours: str
    peer: str
    reached: float
    """A ratio or a rate, to compare with `target`."""
    target: float
    unit: str
    """What both are, such as "x sysdig" or "M events/s"."""
    smaller_is_better: bool = False

    @property
    def passes(self) -> bool:
        """Whether the target is reached."""
        return self.reached <= self.target if self.smaller_is_better else self.reached >= self.target


@dataclass(frozen=True)
class Bench:
    """A big capture, plain and compressed, and room for what is written."""

    clock: Clock
    capture: Path
    events: int
    short: Path
    """For work that takes a peer minutes."""
    short_events: int
    compressed: Path
    brief: Path
    """Compressed too, of just over 100,000 events: here the start counts as much as the reading."""
    brief_events: int
    long: Path
    """Plain, of several million events: here the start does not count."""
    long_events: int
    folder: Path

    @classmethod
    def prepare(cls, clock: Clock, folder: Path, capture: Path | None, times: int = 500) -> Bench:
        """Uses `capture`, or makes one of a bundled one, with its events `times` over."""
        plain = folder / "big.scap"
        if capture is None:
            enlarge(CAPTURES / "07-tiny.scap", plain, times)
        else:
            with (gzip.open if capture.suffix == ".gz" else open)(capture, "rb") as source, plain.open("wb") as out:
                shutil.copyfileobj(source, out)
        compressed = folder / "big.scap.gz"
        compress(plain, compressed)
        import tracer

        with tracer.open(plain) as stream:
            events = stream.to_arrow(["evt.num"]).num_rows
        short = folder / "short.scap"
        short_events = enlarge(CAPTURES / "07-tiny.scap", short, 150)
        brief = folder / "brief.scap.gz"
        brief_events = enlarge(CAPTURES / "07-tiny.scap", folder / "brief.scap", 35)
        compress(folder / "brief.scap", brief)
        long = folder / "long.scap"
        long_events = enlarge(CAPTURES / "07-tiny.scap", long, 2500)
        return cls(
            clock, plain, events, short, short_events, compressed, brief, brief_events, long, long_events, folder
        )

    def against_sysdig(self, work: str, words: list[str | Path], target: float) -> Result:
        """tracer and sysdig with the same words."""
        ours, theirs = self.clock.side_by_side([TRACER, *words], ["sysdig", *words])
        counts = {self.short: self.short_events, self.brief: self.brief_events, self.long: self.long_events}
        events = next((counts[word] for word in words if isinstance(word, Path) and word in counts), self.events)
        return Result(work, rate(events, ours), rate(events, theirs), theirs / ours, target, "x sysdig")

    def at_rate(self, work: str, script: str, target: float) -> Result:
        """A Python script that reads all events and prints how long that took by the clock, without its start."""
        clock = "process_time" if self.clock.cpu else "perf_counter"
        program = f"import time, tracer\nstart = time.{clock}()\n{script}\n"
        command: Command = [sys.executable, "-c", program + "raise SystemExit", self.capture]
        empty: Command = [sys.executable, "-c", "import time, tracer, tracer.core.api", self.capture]
        ours, start = self.clock.side_by_side(command, empty)
        seconds = max(ours - start, 1e-9)
        return Result(work, rate(self.events, seconds), "", self.events / seconds / 1e6, target, "M events/s")


def compress(plain: Path, compressed: Path) -> None:
    """Writes `plain` with gzip."""
    with plain.open("rb") as source, gzip.open(compressed, "wb", compresslevel=6) as out:
        shutil.copyfileobj(source, out)


def rate(events: int, seconds: float) -> str:
    """A speed as it stands in the table."""
    return f"{events / seconds / 1e6:.2f} M events/s"


def repeated(measure: Callable[[], Result]) -> Result:
    """The first result that passes, or the last of several: one that misses may have had bad luck."""
    return repeated_all(lambda: [measure()])[0]


def repeated_all(measure: Callable[[], list[Result]]) -> list[Result]:
    """The same for results that are measured together."""
    results = measure()
    for _ in range(ATTEMPTS - 1):
        if all(result.passes for result in results):
            break
        results = measure()
    return results


ITERATE = """
import sys
with tracer.open(sys.argv[1]) as stream:
    for event in stream:
        event["proc.name"], event["evt.type"], event["fd.name"]
"""

TO_ARROW = """
import sys
with tracer.open(sys.argv[1]) as stream:
    for _ in tracer.core.arrow.batches(stream.columns(
        ["evt.time", "evt.type", "proc.name", "proc.pid", "fd.name", "evt.rawres"]
    )):
        pass
"""


def reading(bench: Bench) -> list[Callable[[], Result]]:
    """Rows about captures."""
    plain, out = bench.capture, bench.folder / "out.scap"
    return [
        lambda: bench.against_sysdig("read, filter that matches nothing", ["-r", plain, "proc.name=nosuch"], 5),
        lambda: bench.against_sysdig("the same, 460,000 events", ["-r", bench.short, "proc.name=nosuch"], 1),
        lambda: bench.against_sysdig("the same, 100,000 events, gzip", ["-r", bench.brief, "proc.name=nosuch"], 1),
        lambda: bench.against_sysdig("the same, 7.7 M events", ["-r", bench.long, "proc.name=nosuch"], 5),
        lambda: bench.against_sysdig("read, complex filter", ["-r", plain, COMPLEX], 5),
        lambda: bench.against_sysdig("the same, 7.7 M events", ["-r", bench.long, COMPLEX], 5),
        lambda: bench.against_sysdig("read, text", ["-r", bench.short], 10),
        lambda: bench.against_sysdig("read, JSON", ["-r", bench.short, "-j"], 15),
        lambda: bench.against_sysdig("copy, plain", ["-r", plain, "-w", out], 4),
        lambda: bench.against_sysdig("the same, 7.7 M events", ["-r", bench.long, "-w", out], 4),
        lambda: bench.against_sysdig("copy, gzip in", ["-r", bench.compressed, "-w", out], 2.5),
        lambda: bench.against_sysdig("copy, gzip out", ["-r", plain, "-z", "-w", out], 3),
        lambda: bench.at_rate("Python: iterate, three fields", ITERATE, 1),
        lambda: bench.at_rate("Python: columns, six fields", "import tracer.core.arrow\n" + TO_ARROW, 4),
    ]


def starting(bench: Bench) -> list[Callable[[], Result]]:
    """Rows about the start."""

    def help_row() -> Result:
        ms = bench.clock.median([TRACER, "--help"]) * 1000
        return Result("tracer --help", f"{ms:.0f} ms", "", ms, 100, "ms", smaller_is_better=True)

    return [help_row]
