"""The process that records a block for a test: another one, so that its own calls are not among the block's.

It says "recording" on stdout when it does, and goes on until its stdin is closed.
"""

from __future__ import annotations

import select
import sys

from tracer.core._engine import CaptureWriter, FormatError
from tracer.core.driver import DriverError, Plan
from tracer.core.driver_choice import DriverRequest
from tracer.core.opening import open_session
from tracer.core.runner import StopSignals, run_session


def main(pid: str, capture: str, driver: str, snaplen_bytes: str) -> int:
    """Records the process and its descendants; returns the exit status."""
    plan = Plan(pids=frozenset({int(pid)}), snaplen_bytes=int(snaplen_bytes))
    try:
        with open_session(DriverRequest(option=driver or None), plan) as opened, StopSignals() as stop:
            opened.start()
            writer = CaptureWriter(capture, False, opened.session)
            try:
                print("recording", flush=True)
                run_session(opened.session, stop=stop, writer=writer, finished=_is_told_to_end)
            finally:
                writer.close()
    except (DriverError, FormatError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _is_told_to_end() -> bool:
    return bool(select.select([sys.stdin], [], [], 0)[0])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
