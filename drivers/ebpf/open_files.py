"""The kernel's iterator of open files, which tells a live capture of any kernel driver what is open at its start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tracer.drivers.ebpf import libbpf
from tracer.drivers.ebpf.object_file import INSTALLED
from tracer.drivers.ebpf.requirements import Machine, is_older

OBJECT = INSTALLED.with_name("open_files.bpf.o")
FIRST_WITH_PATHS = (5, 12)
"""The first kernel that gives iterators the paths of files."""
NO_ITERATOR = -1
FIRST_PID_NAMESPACE = 0xEFFFFFFC
"""Inode of the namespace whose numbers the iterator gives."""


@contextmanager
def open_files_iterator(machine: Machine | None = None) -> Iterator[int]:
    """The descriptor of the attached iterator, for `RingSource`.

    NO_ITERATOR where the kernel has none or does not let us: /proc says the same, only slower.
    """
    if not _is_possible(machine or Machine()):
        yield NO_ITERATOR
        return
    iterator = libbpf.Object(str(OBJECT))
    link = NO_ITERATOR
    try:
        with suppress(libbpf.LibbpfError):
            iterator.load()
            link = iterator.attach_iterator("open_files")
        yield link
    finally:
        iterator.close()


def _is_possible(machine: Machine) -> bool:
    if is_older(machine.release, FIRST_WITH_PATHS) or not machine.types.exists() or not OBJECT.exists():
        return False
    try:
        libbpf.library()
    except libbpf.LibbpfMissing:
        return False
    return Path("/proc/self/ns/pid").stat().st_ino == FIRST_PID_NAMESPACE
