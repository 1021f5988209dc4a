"""The capture that -w makes."""

from __future__ import annotations

import argparse
import os
import stat
from collections.abc import Iterator

from tracer.core._engine import CaptureWriter, Session
from tracer.core.cli.failure import WRONG_USAGE, Failure

STANDARD_OUTPUT = 1
STANDARD_ERROR = 2


MEGABYTE = 10**6
"""The unit of -C."""


def check_writing(arguments: argparse.Namespace) -> None:
    """Raises Failure where options for a capture that is written make no sense."""
    rotation = {"-C": arguments.file_mb, "-G": arguments.file_seconds, "-e": arguments.file_events}
    given = [option for option, value in rotation.items() if value]
    for option, value in {"-z": arguments.compress, "-F": arguments.keep_state, "-W": arguments.files}.items():
        if value and not arguments.write:
            raise Failure(f"{option} is about the capture that -w writes: give -w FILE too", WRONG_USAGE)
    if given and (not arguments.write or arguments.write == "-"):
        raise Failure(f"{given[0]} is about the files that -w writes: give -w FILE too", WRONG_USAGE)
    if arguments.files and not given:
        raise Failure("-W says how many files are kept: say with -C, -G or -e when another begins", WRONG_USAGE)


def make_writer(arguments: argparse.Namespace, session: Session) -> CaptureWriter:
    """Creates what -w asks for ("-": standard output). Raises Failure."""
    try:
        return CaptureWriter(
            arguments.write,
            arguments.compress,
            session,
            file_bytes=(arguments.file_mb or 0) * MEGABYTE,
            file_seconds=arguments.file_seconds or 0,
            file_events=arguments.file_events or 0,
            files=arguments.files or 0,
            before_creating=refuse_to_overwrite_input,
        )
    except OSError as error:
        raise Failure(f"{error.filename or arguments.write}: {error.strerror or error}") from None


def refuse_to_overwrite_input(target: str) -> None:
    """Raises Failure if `target` is a file that this process has open, whichever driver reads it, by whatever name."""
    from pathlib import Path

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
    from pathlib import Path

    for entry in Path("/proc/self/fd").iterdir():
        try:
            if int(entry.name) not in but:
                yield entry.stat()
        except FileNotFoundError:
            continue  # the descriptor of the listing itself, or one that a thread has closed
