"""Where a test's events come from: a capture, or a script of the fake driver."""

from __future__ import annotations

import os
from pathlib import Path

import tracer
from tracer.drivers.fake.script import Script
from tracer.plugins.testing.events import Events


def events_of(source: Script | str | os.PathLike[str]) -> Events:
    """The events of a capture file, or of what a script holds by the time it is asked."""
    if isinstance(source, Script):
        script = source
        return Events(lambda filter: tracer.play(script.source(), filter=filter), "the script")
    path = Path(source)
    return Events(lambda filter: tracer.open(path, filter=filter), path.name)


def capture_of(script: Script, path: str | os.PathLike[str]) -> Path:
    """Writes what a script holds as a capture, for what reads files: `tracer -r`, chisels, rules, sysdig."""
    from tracer.core._engine import CaptureWriter
    from tracer.core.opening import open_source

    with open_source(script.source()) as opened:
        writer = CaptureWriter(os.fsdecode(path), False, opened.session)
        try:
            while opened.session.run(writer=writer):
                pass
        finally:
            writer.close()
    return Path(path)
