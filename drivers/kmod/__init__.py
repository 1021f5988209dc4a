"""The kernel module driver: a module compiled for the running kernel; its records reach the engine through rings."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.core.driver import Driver, hookimpl


@hookimpl
def tracer_drivers() -> Sequence[Driver]:
    """The kernel module driver."""
    from tracer.drivers.kmod.driver import KmodDriver

    return [KmodDriver()]
