"""Alerts in the system's log."""

from __future__ import annotations

import syslog

from tracer.plugins.rules.alerts import Alert
from tracer.plugins.rules.settings import Settings


class SyslogOutput:
    """A message for each alert; the log's levels are the priorities of rules."""

    name = "syslog"
    may_wait = True

    def __init__(self, settings: Settings) -> None:
        del settings  # there are none
        syslog.openlog("tracer", syslog.LOG_PID, syslog.LOG_USER)

    def send(self, alert: Alert) -> None:
        """See Output."""
        syslog.syslog(int(alert.priority), alert.line)

    def close(self) -> None:
        """See Output."""
        syslog.closelog()
