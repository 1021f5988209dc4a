"""Alerts on their way to channels that may keep one waiting."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Sequence

from tracer.plugins.rules.alerts import Alert
from tracer.plugins.rules.outputs import Output

MOST_WAITING = 100_000
"""Alerts beyond these are dropped, and counted, rather than fill the memory."""


class OutputQueue:
    """Sends alerts to all channels; those that may wait get them from a thread."""

    def __init__(self, outputs: Sequence[Output], timeout_s: float) -> None:
        """`timeout_s`: how long `close` waits for channels that do not go on."""
        self._direct = [output for output in outputs if not output.may_wait]
        self._waiting = [output for output in outputs if output.may_wait]
        self._timeout_s = timeout_s
        self._queue: queue.Queue[Alert | None] = queue.Queue(MOST_WAITING)
        self.dropped = 0
        """Alerts that could not be sent for want of room."""
        self._worker: threading.Thread | None = None
        if self._waiting:
            self._worker = threading.Thread(target=self._work, name="tracer rules outputs", daemon=True)
            self._worker.start()

    def send(self, alert: Alert) -> None:
        """Sends an alert to all channels. Raises BrokenPipeError if nobody reads standard output any more."""
        for output in self._direct:
            _try(output, alert)
        if self._worker is not None:
            try:
                self._queue.put_nowait(alert)
            except queue.Full:
                self.dropped += 1

    def close(self) -> None:
        """Waits until everything is sent."""
        if self._worker is not None:
            self._finish(self._worker)
        for output in self._direct:
            output.close()
        if self.dropped:
            print(f"tracer: {self.dropped} alerts dropped: the outputs were too slow", file=sys.stderr)

    def _finish(self, worker: threading.Thread) -> None:
        while worker.is_alive():
            left = self._queue.qsize()
            try:
                self._queue.put(None, timeout=self._timeout_s)
            except queue.Full:
                pass  # nothing moved in all that time: told below
            else:
                worker.join(self._timeout_s)
            if worker.is_alive() and self._queue.qsize() >= left > 0:
                print(f"tracer: outputs do not go on; {left} alerts are lost", file=sys.stderr)
                return

    def _work(self) -> None:
        while (alert := self._queue.get()) is not None:
            for output in self._waiting:
                _try(output, alert)
        for output in self._waiting:
            try:
                output.close()
            except OSError as error:
                print(f"tracer: {output.name} output: {error}", file=sys.stderr)


def _try(output: Output, alert: Alert) -> None:
    try:
        output.send(alert)
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"tracer: {output.name} output: {error}", file=sys.stderr)
