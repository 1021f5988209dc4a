"""The kernel module driver. This version brings no module: the driver says so and cannot be opened."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.core.driver import Driver, DriverError, Plan, Readiness, Source, hookimpl

NO_MODULE = Readiness(
    usable=False,
    reason="this version of tracer brings no kernel module",
    remedy="use the ebpf driver",
)


class KmodDriver:
    """System calls through a kernel module."""

    name = "kmod"
    summary = "system calls of this machine, through a kernel module"
    capabilities: frozenset[str] = frozenset()

    def readiness(self, argument: str) -> Readiness:
        """Never usable, whatever the argument."""
        return NO_MODULE

    def open(self, argument: str, plan: Plan) -> Source:
        """Raises DriverError."""
        raise DriverError(f"kmod: {NO_MODULE.reason}; {NO_MODULE.remedy}")


@hookimpl
def tracer_drivers() -> Sequence[Driver]:
    """The kernel module driver."""
    return [KmodDriver()]
