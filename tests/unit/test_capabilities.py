"""A run that needs what its driver cannot do ends before the driver is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import RunTracer
from tracer.core.driver import DriverError, Plan, Readiness
from tracer.core.driver_choice import DriverChoice
from tracer.core.opening import open_choice
from tracer.drivers.kmod.driver import KmodDriver

NEEDS = {
    "user probes": Plan(probes=("uprobe:/bin/sh:main",)),
    "stack traces": Plan(stacks=frozenset({"user"})),
}


class OtherDriver:
    """A third party's, which must not be opened."""

    name = "other"
    summary = "a stub"
    capabilities = frozenset({"replan"})

    def readiness(self, argument: str) -> Readiness:
        return Readiness(True)

    def open(self, argument: str, plan: Plan) -> None:
        raise AssertionError("opened")


@pytest.mark.parametrize("driver", [KmodDriver(), OtherDriver()], ids=lambda driver: driver.name)
@pytest.mark.parametrize("need", NEEDS)
def test_a_driver_is_not_opened_for_what_it_lacks(driver, need: str) -> None:
    with pytest.raises(DriverError, match=f"the driver {driver.name} has no {need} .*use one that has: ebpf"):
        open_choice(DriverChoice(driver, "", "by --driver"), NEEDS[need])


def test_the_fake_driver_refuses_user_probes(captures: Path, tracer_command: RunTracer) -> None:
    ran = tracer_command("-r", captures / "07-tiny.scap", "--probe", "uprobe:/bin/sh:main")
    assert (ran.status, ran.out) == (1, "")
    assert "the driver fake has no user probes (capability uprobes); use one that has: ebpf" in ran.err
