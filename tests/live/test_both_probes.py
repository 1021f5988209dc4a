"""The two probe objects of an installation record the same."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.live import workload_program
from tracer.core._engine import Format, Session
from tracer.core.driver import Plan, Source
from tracer.drivers.ebpf import object_file
from tracer.drivers.ebpf.driver import EbpfDriver
from tracer.drivers.ebpf.requirements import Machine, is_older

pytestmark = pytest.mark.live

LINE = "%proc.pid %thread.tid %evt.dir %evt.type %evt.args"


def lines_of(source: Source, path: Path) -> list[str]:
    """What a source that was stopped has recorded."""
    native = source.native()  # type: ignore[attr-defined]
    session = Session(native, show_internal=True)
    with path.open("wb") as out:
        while session.run(format=Format.line(LINE), output_fd=out.fileno()):
            pass
    return path.read_text(errors="replace").splitlines()


@pytest.mark.skipif(
    is_older(Machine().release, object_file.FIRST_WITH_DIRECT_READS), reason="the kernel only has use for one of them"
)
def test_both_probes_record_the_same_of_every_system_call(tmp_path: Path) -> None:
    program = workload_program.build(tmp_path)
    process = subprocess.Popen(
        ["/bin/sh", "-c", f"kill -STOP $$; exec {program} {tmp_path}"], cwd=tmp_path, stdout=subprocess.DEVNULL
    )
    os.waitpid(process.pid, os.WUNTRACED)
    plan = Plan(pids=frozenset({process.pid}), enter_events=True, buffer_bytes=64 << 20)
    objects = (object_file.DIRECT, object_file.INSTALLED)
    sources = [EbpfDriver().open(str(path), plan) for path in objects]
    try:
        process.send_signal(signal.SIGCONT)
        process.wait(timeout=60)
        for source in sources:
            source.stop()
        direct, other = (lines_of(source, tmp_path / f"lines{number}") for number, source in enumerate(sources))
        assert [source.statistics().dropped for source in sources] == [0, 0]
    finally:
        for source in sources:
            source.close()
    assert len(direct) > 1000
    assert direct == other
