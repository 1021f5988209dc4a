"""Where alerts go: each channel a module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tracer.plugins.rules.alerts import Alert
from tracer.plugins.rules.settings import Settings


class Output(Protocol):
    """A channel."""

    name: str
    may_wait: bool
    """Whether `send` may take long: then it is called on a thread of its own."""

    def send(self, alert: Alert) -> None:
        """Sends an alert. Raises OSError."""

    def close(self) -> None:
        """Sends what still waits, and frees everything. Raises OSError."""


def make_outputs(settings: Settings) -> list[Output]:
    """The channels that the settings ask for. Raises PluginError."""
    from tracer.plugins.rules.outputs.file import FileOutput
    from tracer.plugins.rules.outputs.http import HttpOutput
    from tracer.plugins.rules.outputs.program import ProgramOutput
    from tracer.plugins.rules.outputs.standard import StandardOutput
    from tracer.plugins.rules.outputs.syslog import SyslogOutput

    kinds: dict[str, Callable[[Settings], Output]] = {
        "stdout_output": StandardOutput,
        "file_output": FileOutput,
        "program_output": ProgramOutput,
        "http_output": HttpOutput,
        "syslog_output": SyslogOutput,
    }
    return [make(settings) for key, make in kinds.items() if settings.flag(key, "enabled")]
