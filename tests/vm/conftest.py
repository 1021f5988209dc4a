"""Guests for tests: one for all tests that leave it as it was, or one that boots as a test asks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live import workload_program
from tracer.drivers.kmod.build import build_module
from tracer.drivers.kmod.kernel import Kernel as TargetKernel

from .kernel import Kernel, obtain
from .machine import Machine

REPOSITORY = Path(__file__).resolve().parents[2]

BootGuest = Callable[..., Machine]


@pytest.fixture(scope="session")
def kernel() -> Kernel:
    """The kernel that guests boot."""
    return obtain()


@pytest.fixture(scope="session")
def guest(kernel: Kernel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A guest with one CPU for all tests that leave no trace in it; its kernel may not complain of anything."""
    with Machine(kernel, tmp_path_factory.mktemp("guest")) as machine:
        yield machine
    assert machine.complaints() == []


@pytest.fixture(scope="session")
def module(kernel: Kernel) -> Path:
    """The kernel module, compiled here for the guest's kernel: emulated, the compiler takes minutes."""
    return build_module(TargetKernel(kernel.release))


@pytest.fixture(scope="session")
def bcc_probe(kernel: Kernel) -> Path:
    """What bcc compiles for the guest's kernel, compiled here too: the guest finds it in the cache."""
    words = [Path(sys.executable).with_name("tracer"), "drivers", "build", "ebpf:bcc", "--kernel", kernel.release]
    ran = subprocess.run(words, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return Path(ran.stdout.strip())


@pytest.fixture(scope="session")
def workload(guest: Machine) -> Path:
    """The workload, where guest and host see it."""
    return workload_program.build(guest.share)


@pytest.fixture(scope="module")
def guest_with_module(guest: Machine, module: Path) -> Iterator[Machine]:
    """The guest while the module is loaded."""
    # A tracer before may have found it in the cache and loaded it.
    guest.run("if lsmod | grep -q '^tracer '; then rmmod tracer; fi")
    guest.run(f"insmod {module} || {{ dmesg | tail >&2; exit 1; }}")
    yield guest
    guest.run("rmmod tracer")


@pytest.fixture
def boot(kernel: Kernel, tmp_path: Path) -> Iterator[BootGuest]:
    """Boots guests that end with the test."""
    machines: list[Machine] = []

    def boot_one(**options: object) -> Machine:
        machine = Machine(kernel, tmp_path / f"guest{len(machines)}", **options)  # type: ignore[arg-type]
        machines.append(machine)
        return machine

    yield boot_one
    for machine in machines:
        machine.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here need a guest."""
    here = os.fspath(Path(__file__).parent)
    for item in items:
        if os.fspath(item.path).startswith(here):
            item.add_marker("vm")
