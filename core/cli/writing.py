"""The capture that -w makes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from tracer.core._engine import CaptureWriter, Session
from tracer.core.cli.failure import WRONG_USAGE, Failure

STANDARD_OUTPUT = 1
STANDARD_ERROR = 2


def make_writer(target: str, compress: bool, session: Session) -> CaptureWriter:
    """Creates the capture `target` ("-": standard output). Raises Failure."""
    refuse_to_overwrite_input(target)
    try:
        return CaptureWriter(target, compress, session)
    except OSError as error:
        raise Failure(f"{target}: {error.strerror or error}") from None


def refuse_to_overwrite_input(target: str) -> None:
    """Raises Failure if `target` is a file that this process has open, whichever driver reads it, by whatever name."""
    try:
        status = os.fstat(STANDARD_OUTPUT) if target == "-" else Path(target).stat()
    except OSError:
        return  # not there yet, or not to be had: creating it will tell
    if not stat.S_ISREG(status.st_mode):
        return
    outputs = (STANDARD_OUTPUT, STANDARD_ERROR) if target == "-" else ()
    if any(os.path.samestat(status, other) for other in _open_files(outputs)):
        name = "standard output" if target == "-" else target
        raise Failure(f"-w {name} would overwrite the capture that is being read", WRONG_USAGE)


def _open_files(but: tuple[int, ...]) -> Iterator[os.stat_result]:
    for entry in Path("/proc/self/fd").iterdir():
        try:
            if int(entry.name) not in but:
                yield entry.stat()
        except FileNotFoundError:
            continue  # the descriptor of the listing itself, or one that a thread has closed
