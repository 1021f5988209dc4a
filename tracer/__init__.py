"""tracer: system-call tracing with pluggable instrumentation.

    with tracer.open("capture.scap", filter="fd.type=ipv4") as events:
        for event in events:
            print(event.time, event.thread.name, event.name, event["fd.name"])

Names load what they need when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracer.core._engine import Descriptor as Descriptor
    from tracer.core._engine import Event as Event
    from tracer.core._engine import Format as Format
    from tracer.core._engine import FormatError as FormatError
    from tracer.core._engine import Thread as Thread
    from tracer.core.api import EventStream as EventStream
    from tracer.core.api import live as live
    from tracer.core.api import open as open
    from tracer.core.api import play as play
    from tracer.core.driver import DriverError as DriverError
    from tracer.core.filter import FilterError as FilterError
    from tracer.core.filter.filter_set import FilterSet as FilterSet

_HOMES = {
    "Descriptor": "tracer.core._engine",
    "DriverError": "tracer.core.driver",
    "Event": "tracer.core._engine",
    "EventStream": "tracer.core.api",
    "FilterError": "tracer.core.filter",
    "FilterSet": "tracer.core.filter.filter_set",
    "Format": "tracer.core._engine",
    "FormatError": "tracer.core._engine",
    "Thread": "tracer.core._engine",
    "live": "tracer.core.api",
    "open": "tracer.core.api",
    "play": "tracer.core.api",
}

__all__ = [
    "Descriptor",
    "DriverError",
    "Event",
    "EventStream",
    "FilterError",
    "FilterSet",
    "Format",
    "FormatError",
    "Thread",
    "live",
    "open",
    "play",
]


def __getattr__(name: str) -> object:
    """Imports the module that a public name lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module 'tracer' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
