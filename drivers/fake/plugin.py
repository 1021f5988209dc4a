"""Makes the fake driver known."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.core.driver import Driver, hookimpl


@hookimpl
def tracer_drivers() -> Sequence[Driver]:
    """The fake driver."""
    from tracer.drivers.fake.driver import FakeDriver

    return [FakeDriver()]
