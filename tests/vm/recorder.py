"""`python -m tests.vm.recorder [--OPTION VALUE] FOLDER DRIVER... -- COMMAND...`: records one run through many drivers.

All drivers are attached at the same time, and follow the command and its descendants to their end. Each source's
records go to FOLDER/NUMBER.records, back to back as they came; what became of them is printed as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tracer.core.driver import Plan
from tracer.core.driver_choice import DriverRequest
from tracer.core.opening import OpenSession, open_session
from tracer.drivers.ebpf.driver import EbpfSource
from tracer.drivers.kmod.source import KmodSource

TRACEPOINTS = frozenset({"sched_process_exit", "signal_deliver"})
MORE_TRACEPOINTS = frozenset({"sched_switch", "page_fault_user", "page_fault_kernel"})
HELD = 'kill -STOP $$; exec "$@"'


def main() -> int:
    """The command's exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snaplen", type=int, default=80)
    parser.add_argument("--buffer-mib", type=int, default=32)
    parser.add_argument("--enter-events", action="store_true")
    parser.add_argument("--all-tracepoints", action="store_true")
    parser.add_argument("folder", type=Path)
    parser.add_argument("drivers", nargs="+")
    before, dashes, command = split(sys.argv[1:])
    if not dashes:
        parser.error("which command? Its words stand after --")
    arguments = parser.parse_args(before)
    held = subprocess.Popen(["/bin/sh", "-c", HELD, "sh", *command])
    os.waitpid(held.pid, os.WUNTRACED)
    plan = Plan(
        enter_events=arguments.enter_events,
        tracepoints=TRACEPOINTS | MORE_TRACEPOINTS if arguments.all_tracepoints else TRACEPOINTS,
        snaplen_bytes=arguments.snaplen,
        buffer_bytes=arguments.buffer_mib << 20,
        pids=frozenset({held.pid}),
    )
    sources = [open_session(DriverRequest(option=driver), plan) for driver in arguments.drivers]
    held.send_signal(signal.SIGCONT)
    status = held.wait()
    for opened in sources:
        assert isinstance(opened.source, EbpfSource | KmodSource)
        opened.source.stop()
    results = [drain(opened, arguments.folder / f"{number}.records") for number, opened in enumerate(sources)]
    print(json.dumps(results, default=vars))
    return status


def split(words: list[str]) -> tuple[list[str], bool, list[str]]:
    """The words before and after the dashes, and whether there are any."""
    if "--" not in words:
        return words, False, []
    at = words.index("--")
    return words[:at], True, words[at + 1 :]


def drain(opened: OpenSession, path: Path) -> dict[str, object]:
    """Writes the records of a stopped source; returns its statistics and how many records there were."""
    count = 0
    with path.open("wb") as out:
        while not opened.session.ended:
            event = opened.session.next(1000)
            if event is not None:
                out.write(event.raw)
                count += 1
    opened.close()
    return {**vars(opened.statistics()), "records": count}


if __name__ == "__main__":
    sys.exit(main())
