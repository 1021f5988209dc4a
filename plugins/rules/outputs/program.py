"""Alerts for a program."""

from __future__ import annotations

import subprocess

from tracer.core.plugin import PluginError
from tracer.plugins.rules.alerts import Alert
from tracer.plugins.rules.settings import Settings


class ProgramOutput:
    """A line on the standard input of a program, which is started by the shell for each alert, or once if it is kept.

    A program that is kept and ends is started again for the next alert.
    """

    name = "program"
    may_wait = True

    def __init__(self, settings: Settings) -> None:
        self._command = settings.text("program_output", "program")
        self._keep_alive = settings.flag("program_output", "keep_alive")
        self._process: subprocess.Popen[bytes] | None = None
        if not self._command:
            raise PluginError("program_output.program is missing: the command that gets the alerts")

    def send(self, alert: Alert) -> None:
        """See Output."""
        process = self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(alert.line.encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            self.close()
            raise OSError(f"'{self._command}' does not read its alerts") from None
        if not self._keep_alive:
            self.close()

    def close(self) -> None:
        """See Output."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            try:
                process.stdin.close()
            except BrokenPipeError:
                pass  # it has ended without reading
            finally:
                process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._process = subprocess.Popen(self._command, shell=True, stdin=subprocess.PIPE)
        return self._process
