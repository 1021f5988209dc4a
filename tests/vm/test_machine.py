"""The guests themselves: what the other tests here rely on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .conftest import BootGuest
from .kernel import Kernel
from .machine import GuestError, Machine


def test_the_kernel_is_the_one_whose_headers_are_installed(guest: Machine, kernel: Kernel) -> None:
    assert guest.run("uname -r").out.strip() == kernel.release
    assert guest.run("test -f /lib/modules/$(uname -r)/build/Makefile").status == 0


def test_output_and_status_of_a_command_come_back(guest: Machine) -> None:
    ran = guest.run("echo out; echo err >&2; exit 7", check=False)
    assert (ran.status, ran.out, ran.err) == (7, "out\n", "err\n")
    with pytest.raises(GuestError, match="ended with 7"):
        guest.run("exit 7")


def test_a_command_that_takes_too_long_is_ended(guest: Machine) -> None:
    with pytest.raises(GuestError, match="took longer than 1 s"):
        guest.run("sleep 100", timeout_s=1)
    assert guest.run("echo alive").out == "alive\n"


def test_the_files_are_this_machines_and_stay_as_they_are(guest: Machine) -> None:
    here = Path(__file__).resolve()
    assert guest.run(["cat", os.fspath(here)]).out == here.read_text()
    guest.run(f"echo gone > {here}")
    assert guest.run(["cat", os.fspath(here)]).out == "gone\n"
    assert here.read_text() != "gone\n"
    guest.run(f"echo shared > {guest.share}/file")
    assert (guest.share / "file").read_text() == "shared\n"


def test_a_kernel_that_dies_or_complains_is_noticed(boot: BootGuest) -> None:
    machine = boot()
    assert machine.complaints() == []
    machine.run("echo '<3>BUG: a test says so' > /dev/kmsg; sleep 0.5")
    assert any("a test says so" in line for line in machine.complaints())
    with pytest.raises(GuestError, match=r"(?s)the guest died.*sysrq triggered crash"):
        machine.run("echo c > /proc/sysrq-trigger")
