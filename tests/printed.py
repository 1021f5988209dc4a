"""What the engine prints for a capture."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tracer.core._engine import CaptureSource, Format, Session

DEFAULT_LINE = "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info"


def printed(capture: Path, format: Format) -> bytes:
    """All text for all events."""
    with tempfile.TemporaryFile() as file:
        session = Session(CaptureSource(os.fspath(capture)))
        while session.run(format=format, output_fd=file.fileno()):
            pass
        file.seek(0)
        return file.read()
