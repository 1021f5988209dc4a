"""Alerts in a file."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from tracer.core.plugin import PluginError
from tracer.plugins.rules.alerts import Alert
from tracer.plugins.rules.settings import Settings


class FileOutput:
    """A line behind the end of a file for each alert; the file may be moved away, unless it is kept open."""

    name = "file"
    may_wait = False

    def __init__(self, settings: Settings) -> None:
        self._path = Path(settings.text("file_output", "filename"))
        self._keep_alive = settings.flag("file_output", "keep_alive")
        self._is_buffered = settings.flag("buffered_outputs")
        self._file: BinaryIO | None = None
        try:
            self._open()
        except OSError as error:
            raise PluginError(f"file_output.filename: {self._path}: {error.strerror}") from None

    def send(self, alert: Alert) -> None:
        """See Output."""
        file = self._open()
        file.write(alert.line.encode() + b"\n")
        if not self._is_buffered:
            file.flush()
        if not self._keep_alive:
            self.close()

    def close(self) -> None:
        """See Output."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> BinaryIO:
        if self._file is None:
            self._file = self._path.open("ab")
        return self._file
