"""The tables at the start of a live capture: as /proc has them, by whatever way they came, and for many processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tracer.core._engine import BatchSource, Session
from tracer.core.driver import Plan, Statistics
from tracer.drivers.ebpf.driver import EbpfDriver
from tracer.drivers.ebpf.open_files import NO_ITERATOR, open_files_iterator

pytestmark = pytest.mark.live

SLEEPERS = Path(__file__).with_name("sleepers.c")
MANY = 10_000
KERNELS_PARENT = 2
COLLECTOR = """
import os, select, socket, sys, threading, time
os.chdir(sys.argv[1])
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
kept = [
    open("kept for reading and writing", "w+"), open("gone", "w"), open("append", "a"), open("/dev/null", "w"),
    open("/proc/self/status"), open("/sys/kernel/mm/transparent_hugepage/enabled"), socket.socketpair(), os.pipe(),
    os.memfd_create("memory"), os.open(".", os.O_RDONLY), os.open("append", os.O_PATH), select.epoll(),
    socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW), os.open("/proc/self/ns/net", os.O_RDONLY),
    os.open("line\\nbreak and \\xe4", os.O_CREAT | os.O_WRONLY),
]
os.unlink("gone")
os.mkfifo("fifo")
kept.append(os.open("fifo", os.O_RDWR))
os.set_inheritable(os.dup2(kept[0].fileno(), 700), True)
print("ready", flush=True)
sys.stdin.read()
"""

Tables = dict[int, tuple[tuple[Any, ...], dict[int, tuple[Any, ...]]]]
"""Of each thread, what is known of it and of its descriptors."""


class NoEvents:
    """A driver's source that leaves the tables to /proc."""

    def tables(self) -> None:
        return None

    def read(self, timeout_s: float) -> bytes | None:
        return None

    def statistics(self) -> Statistics:
        return Statistics()


def tables_of(session: Session) -> Tables:
    session.start()
    threads = ["pid", "ptid", "sid", "pgid", "vtid", "vpid", "uid", "gid", "name", "exe", "exepath", "args", "env"]
    threads += ["cwd", "root", "cgroups"]
    descriptors = ["type", "name", "open_flags", "inode", "device"]
    return {
        thread.tid: (
            tuple(getattr(thread, name) for name in threads),
            {
                descriptor.fd: tuple(getattr(descriptor, name) for name in descriptors)
                for descriptor in session.descriptors(thread.tid)
            },
        )
        for thread in session.threads()
    }


def in_proc() -> Tables:
    return tables_of(Session(BatchSource(NoEvents())))


def at_start_of_capture() -> Tables:
    source = EbpfDriver().open("", Plan())
    try:
        native = source.native()
        assert native is not None
        return tables_of(Session(native))
    finally:
        source.close()


def is_kernels(known: tuple[tuple[Any, ...], dict[int, Any]]) -> bool:
    """Whether it is a thread of the kernel: those are named after what they do at the moment."""
    _, parent, *_ = known[0]
    return bool(parent == KERNELS_PARENT)


@contextmanager
def running(*command: str | Path) -> Iterator[int]:
    """The id of a process that has told that it is ready."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process.pid
        finally:
            process.kill()


def test_a_capture_starts_with_the_threads_and_descriptors_that_proc_tells_of(tmp_path: Path) -> None:
    with running(sys.executable, "-c", COLLECTOR, tmp_path) as pid:
        differing: set[int] | None = None
        for _ in range(4):  # others on the machine may change for a moment, but hardly each time
            before, at_start, after = in_proc(), at_start_of_capture(), in_proc()
            unchanged = [tid for tid, known in before.items() if after.get(tid) == known and not is_kernels(known)]
            own = {tid: before[tid] for tid in unchanged if before[tid][0][0] == pid}
            assert len(own) == 2
            assert len(own[pid][1]) >= 20
            assert {tid: at_start[tid] for tid in own} == own
            found = {tid for tid in unchanged if at_start.get(tid) != before[tid]}
            differing = found if differing is None else differing & found
            if not differing:
                break
        assert not differing, [(before.get(tid), at_start.get(tid)) for tid in differing or ()]


def test_the_iterator_of_open_files_is_there_wherever_a_kernel_has_it() -> None:
    release = tuple(int(number) for number in Path("/proc/sys/kernel/osrelease").read_text().split(".")[:2])
    with open_files_iterator() as descriptor:
        has_types = Path("/sys/kernel/btf/vmlinux").exists()
        assert (descriptor != NO_ITERATOR) == (release >= (5, 12) and has_types)


def test_ten_thousand_processes_are_known_with_all_their_descriptors(tmp_path: Path) -> None:
    program = tmp_path / "sleepers"
    subprocess.run(["cc", "-w", "-o", program, SLEEPERS], check=True)
    with running(program, str(MANY)) as parent:
        tables = at_start_of_capture()
        children = [tid for tid, (thread, _) in tables.items() if thread[1] == parent]
        assert len(children) == MANY
        for tid in children:
            thread, descriptors = tables[tid]
            assert thread[8] == "sleepers"
            assert set(descriptors) == {0, 1, 2, 3, 4}, tid
            assert descriptors[3][:2] == ("file", "/etc/passwd"), tid
            assert descriptors[4][0] == "pipe", tid
