"""The tests of the running kernel, run in the guest's kernel too."""

from __future__ import annotations

import sys

import pytest

from .conftest import REPOSITORY
from .machine import Machine

# What an emulated machine is quick enough for, and what differs most between kernels.
FILES = ("test_strace_agreement", "test_execution_points", "test_unusual_values", "test_compat", "test_many_messages")


@pytest.mark.parametrize("file", FILES)
def test_the_live_tests_pass_in_this_kernel(guest: Machine, file: str) -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", f"{REPOSITORY}/tests/live/{file}.py"]
    ran = guest.run(f"cd {REPOSITORY} && CI=true {' '.join(words)}", timeout_s=300, check=False)
    print(ran.out)
    assert ran.status == 0, ran.out[-10000:] + ran.err[-2000:]
