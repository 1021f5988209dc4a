"""What a block of code really does: its system calls, and those of the processes that it starts."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

import tracer
from tracer.plugins.testing.events import Events

END_TIMEOUT_S = 60


class CannotRecord(Exception):
    """The kernel gives no right to record, or the recorder failed. The message says why."""


class RecordedEvents(Events):
    """The events of a block; they can be asked for when the block is over."""

    def __init__(self) -> None:
        super().__init__(lambda filter: tracer.open(self._path, filter=filter), "the block")
        self._path = ""

    def stream(self, filter: str = "") -> tracer.EventStream:
        """As in `Events`. Raises RuntimeError within the block."""
        if not self._path:
            raise RuntimeError("the block is still being recorded: ask for its events behind the `with`")
        return super().stream(filter)

    def end(self, capture: bytes, first: str, last: str) -> None:
        """The block is over, and lies between the calls that name these two paths. Raises CannotRecord."""
        memory = os.memfd_create("tracer-block")
        weakref.finalize(self, os.close, memory)
        with os.fdopen(os.dup(memory), "wb") as file:
            file.write(capture)
        self._path = f"/proc/self/fd/{memory}"
        begins, ends = (self.matching(f"evt.type=openat and evt.args contains {path}") for path in (first, last))
        if not begins or not ends:
            raise CannotRecord("the recording lacks the begin or the end of the block: too many events were lost")
        self._only = f"evt.num > {begins[-1].number} and evt.num < {ends[0].number}"


@contextlib.contextmanager
def record_events(*, driver: str = "", snaplen_bytes: int = 80) -> Iterator[RecordedEvents]:
    """Records the block: this process, all its threads, and the processes that they start meanwhile.

    `driver` is NAME or NAME:ARGUMENT, as on the command line; `snaplen_bytes` how much of each data buffer is kept.
    Raises CannotRecord.
    """
    with tempfile.TemporaryDirectory(prefix="tracer-") as folder:
        capture, first, last = Path(folder, "block.scap"), f"{folder}/first", f"{folder}/last"
        recorder = _start(capture, driver, snaplen_bytes)
        try:
            events = RecordedEvents()
            _mark(first)
            try:
                yield events
            finally:
                _mark(last)
            _finish(recorder)
            events.end(capture.read_bytes(), first, last)
        finally:
            recorder.kill()
            recorder.communicate()


def _mark(path: str) -> None:
    """A call that can be found among the recorded ones."""
    with contextlib.suppress(FileNotFoundError):
        os.close(os.open(path, os.O_RDONLY))


def _start(capture: Path, driver: str, snaplen_bytes: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tracer.plugins.testing.recorder", str(os.getpid()), str(capture)]
    recorder = subprocess.Popen(
        [*words, driver, str(snaplen_bytes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert recorder.stdout is not None
    if recorder.stdout.readline() != "recording\n":
        _, problem = recorder.communicate()
        raise CannotRecord(problem.strip() or f"the recorder ended with status {recorder.returncode}")
    return recorder


def _finish(recorder: subprocess.Popen[str]) -> None:
    _, problem = recorder.communicate("", timeout=END_TIMEOUT_S)
    if recorder.returncode:
        raise CannotRecord(problem.strip() or f"the recorder ended with status {recorder.returncode}")
