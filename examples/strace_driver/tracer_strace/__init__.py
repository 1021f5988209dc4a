"""A driver for tracer that turns strace's output into events."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.core.driver import Driver, hookimpl


@hookimpl
def tracer_drivers() -> Sequence[Driver]:
    """The strace driver."""
    from tracer_strace.driver import StraceDriver

    return [StraceDriver()]
